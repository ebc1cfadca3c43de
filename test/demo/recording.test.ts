import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { version } from '../../src/version.ts';
import { recordDemo, recordingFile } from './recording.ts';

test('docs/images/demo.svg shows what the demo prints; UPDATE_DOCS=1 records it again', async () => {
  const recorded = await recordDemo();
  assert.ok(recorded.includes(`"version":"${version}"`));
  if (process.env['UPDATE_DOCS'] !== undefined) await writeFile(recordingFile, recorded);
  const withoutVersion = (text: string) => text.replaceAll(/"version":"[^"]*"/g, '"version":"(version)"');
  assert.equal(withoutVersion(await readFile(recordingFile, 'utf8')), withoutVersion(recorded));
});
