import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { withPlaceholder } from './our-version.ts';

for (const folder of ['golden', 'manifest/golden']) {
  test(`no file of test/${folder} contains the current version of Downlink, which a release would have to change`, async () => {
    const path = join(import.meta.dirname, '..', folder);
    const outdated: string[] = [];
    for (const file of (await readdir(path)).filter((name) => !name.endsWith('.ts'))) {
      const text = await readFile(join(path, file), 'utf8');
      if (withPlaceholder(text) !== text) outdated.push(file);
    }
    assert.deepEqual(outdated, []);
  });
}
