import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import jsonpatch from 'fast-json-patch';
import { parse } from 'yaml';
import { envGroups } from '../src/annotations/env-items.ts';
import { fileGroups } from '../src/annotations/file-items.ts';
import { type AnnotationKey, annotationKeys } from '../src/annotations/keys.ts';
import { parseConfig } from '../src/config.ts';
import { injectPod } from '../src/injection/inject-pod.ts';
import { scanRights } from '../src/scan/rights.ts';
import { settings } from '../src/settings.ts';

const file = new URL('../README.md', import.meta.url);
let readme = await readFile(file, 'utf8');

const code = (text: string | undefined) => (text === undefined ? '' : `\`${text}\``);
const tables = {
  annotations: Object.entries(annotationKeys as Record<string, AnnotationKey>).map(
    ([name, key]) => `| \`${name}\` | ${key.grammar} | ${key.default ?? ''} | ${key.meaning} | \`${key.example}\` |`,
  ),
  rights: scanRights.map(({ verb, resources, why }) => `| ${verb} ${resources.join(', ')} | ${why} |`),
  settings: Object.values(settings).map(
    (setting) => `| \`--${setting.name} ${setting.placeholder}\` | ${code(setting.default)} | ${setting.meaning} |`,
  ),
};

/** The rows of the table below its comment, and the README with other rows there. */
function rowsOf(name: keyof typeof tables): { rows: string; replaced: string } {
  const pattern = new RegExp(`(<!-- ${name}: .*-->\n.*\n\\|[-|]+\\|\n)((?:\\|.*\n)*)`);
  const [, , rows = ''] = pattern.exec(readme) ?? assert.fail(`no table of ${name}`);
  return { rows, replaced: readme.replace(pattern, (_, head: string) => `${head}${tables[name].join('\n')}\n`) };
}

for (const name of ['annotations', 'settings', 'rights'] as const) {
  test(`the table of ${name} says what the code does`, async () => {
    const { rows, replaced } = rowsOf(name);
    if (process.env['UPDATE_README']) {
      readme = replaced;
      return writeFile(file, readme);
    }
    assert.equal(rows, `${tables[name].join('\n')}\n`);
  });
}

test('the groups stand in the README with their names', () => {
  for (const [group, intents] of Object.entries(envGroups)) {
    if (group !== 'true')
      assert.ok(readme.includes(`| \`${group}\` | ${intents.map(({ name }) => name).join(' ')}`), group);
  }
  for (const group of ['pod', 'resources']) {
    assert.ok(readme.includes(`| \`${group}\` | ${fileGroups[group]?.map(({ path }) => path).join(' ')} |`), group);
  }
});

test('the pod of the README becomes the one that it shows', () => {
  const [, before = '', after = ''] =
    /```yaml\n(apiVersion[^`]*)```\n\nbecomes\n\n```yaml\n([^`]*)```/.exec(readme) ?? [];
  const config = parseConfig({ flags: {}, environment: {}, file: undefined });
  assert.ok(!('errors' in config));
  const pod = parse(before);
  const outcome = injectPod(pod, 'default', config);
  assert.equal(outcome.kind, 'patch');
  assert.deepEqual(jsonpatch.applyPatch(pod, [...outcome.operations], true).newDocument, parse(after));
});
