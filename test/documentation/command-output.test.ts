import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../support/bare-environment.ts';

// Runs every block of docs/command-line.md that begins with `$ downlink`, and compares its output with the page. UPDATE_DOCS=1
// writes the output.

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = join(root, 'docs/command-line.md');
const blocks = /```console\n\$ (downlink .*)\n([\s\S]*?)```/g;
const page = await readFile(file, 'utf8');
const shown = [...page.matchAll(blocks)].map(([, command = '', output = '']) => ({ command, output }));

for (const { command, output } of shown) {
  test(`docs/command-line.md shows the output of ${command}`, async () => {
    const printed = await run(command);
    if (process.env['UPDATE_DOCS']) {
      const current = await readFile(file, 'utf8');
      const replaced = current.replaceAll(blocks, (block, one: string) =>
        one === command ? `\`\`\`console\n$ ${command}\n${printed}\`\`\`` : block,
      );
      return writeFile(file, replaced);
    }
    assert.equal(output, printed);
  });
}

test('docs/command-line.md shows every command for manifests', () => {
  for (const name of ['inject', 'uninject', 'explain', 'lint']) {
    assert.ok(
      shown.some(({ command }) => command.includes(`downlink ${name} `)),
      name,
    );
  }
});

/** Returns standard output and standard error together, as a terminal shows them. */
function run(command: string): Promise<string> {
  const script = `downlink() { node src/main.ts "$@"; }; ${command} 2>&1`;
  return new Promise((resolve) => {
    execFile('sh', ['-c', script], { cwd: root, env: bareEnvironment }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}
