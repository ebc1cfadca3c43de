import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const sourceFile = (name: string) => fileURLToPath(new URL(`src/${name}.ts`, import.meta.url));

/**
 * Builds one HTML file that works from a disk and from any path of a web server: browsers do not load modules from
 * `file:`. Its policy allows the scripts in it by their hashes, and no connection at all.
 */
function singleFile(): Plugin {
  return {
    name: 'single-file',
    enforce: 'post',
    generateBundle(_, bundle) {
      const page = bundle['index.html'];
      if (page?.type !== 'asset') throw new Error('the build has no index.html');
      let html = String(page.source);
      const scripts: string[] = [];
      const styles: string[] = [];
      for (const [name, output] of Object.entries(bundle)) {
        if (output.type === 'chunk')
          scripts.push(output.code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--').trim());
        else if (name.endsWith('.css')) styles.push(String(output.source).trim());
        if (output !== page) delete bundle[name];
      }
      if (scripts.length !== 1) throw new Error(`the build has ${scripts.length} scripts in place of one`);
      const [script = ''] = scripts;
      html = html
        .replace(/<script type="module"[^>]*><\/script>\s*/, '')
        .replace(/<link rel="stylesheet"[^>]*>\s*/, '')
        .replace('<meta charset="utf-8">', (charset) => `${charset}\n${policyFor(script)}`)
        .replace('</head>', (end) => `<style>${styles.join('\n')}</style>\n${end}`)
        .replace('</body>', (end) => `<script type="module">${script}</script>\n${end}`);
      page.source = html;
    },
  };
}

function policyFor(script: string): string {
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'", // the editor adds its own styles
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return `<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">`;
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  resolve: {
    alias: { 'node:util': sourceFile('browser-node-util'), 'node:crypto': sourceFile('browser-node-crypto') },
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    chunkSizeWarningLimit: 2000,
    modulePreload: false,
  },
  worker: { format: 'iife' },
  plugins: [singleFile()],
});
