import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

test('the demo shows every example, the denial among them, plain where no terminal is, and ends with 0', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'demo/demo.ts')], {
    env: { PATH: process.env['PATH'] },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  assert.equal(code, 0, output);
  for (const file of await readdir(join(import.meta.dirname, '../deploy/examples')))
    assert.ok(output.includes(`deploy/examples/${file}`), file);
  assert.ok(output.includes('docs/examples/mistakes.yaml'));
  assert.match(output, /^ {2}\+ {8}- name: POD_NAME$/m);
  assert.match(
    output,
    /^\* metadata\.annotations\[downlink\.dev\/env\]: Invalid value: "POD=metadata\.nam": unknown field; did you mean/m,
  );
  assert.equal(output.includes('\u001b'), false);
});
