// Runs before scripts in TypeScript, so that a Node.js that cannot run them ends with what to do: by `node --import`, or on
// its own. It is plain JavaScript for the same reason.
if (!process.features.typescript) {
  process.stderr.write(`This needs Node.js 24, which runs TypeScript as it is. The one on PATH is ${process.version}.
"npm ci" brings Node.js 24 by the install script of the package "node", which did not run: npm's ignore-scripts is set.
Run that script alone, which downloads the program from the npm registry:
  npm rebuild node --ignore-scripts=false
Or put Node.js 24 on PATH.
`);
  process.exit(1);
}
