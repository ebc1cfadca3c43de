import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';

const run = promisify(execFile);
const alerts = new URL('../../deploy/alerts/downlink.yaml', import.meta.url);
const hasPromtool = await run('promtool', ['--version']).then(
  () => true,
  () => false,
);

test('the alerts fire as alerts.promtool.yaml says', {
  skip: !hasPromtool && 'needs promtool, of the Debian package prometheus',
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-alerts-'));
  try {
    const { spec } = parse(await readFile(alerts, 'utf8'));
    await writeFile(join(folder, 'rules.yaml'), stringify(spec));
    await copyFile(join(import.meta.dirname, 'alerts.promtool.yaml'), join(folder, 'tests.yaml'));
    const checked = await run('promtool', ['check', 'rules', join(folder, 'rules.yaml')]);
    assert.match(checked.stdout, /SUCCESS: \d+ rules found/);
    const { stdout } = await run('promtool', ['test', 'rules', join(folder, 'tests.yaml')]);
    assert.match(stdout, /SUCCESS/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
