// Explains what to do on a Node.js that cannot run TypeScript. Scripts in TypeScript load it with `node --import`, so it is
// plain JavaScript.
if (!process.features.typescript) {
  process.stderr.write(`This needs Node.js 24, which runs TypeScript directly. The version on PATH is ${process.version}.
"npm ci" installs Node.js 24 with the install script of the package "node". It did not run because npm's ignore-scripts is set.
To run that script alone, which downloads Node.js from the npm registry:
  npm rebuild node --ignore-scripts=false
Or put Node.js 24 on PATH.
`);
  process.exit(1);
}
