import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AnnotationKey, annotationKeys } from '../../src/annotations/annotation-keys.ts';
import { availability, divisorsOf, fieldPaths, parseDownwardSource } from '../../src/annotations/downward-source.ts';
import type { Setting } from '../../src/config/setting.ts';
import { flagName, settingKeys, settings } from '../../src/config/settings.ts';
import { envGroups } from '../../src/injection/env/env-items.ts';
import { fileGroups } from '../../src/injection/volume/file-items.ts';
import { scanPermissions } from '../../src/scan/scan-permissions.ts';

// Tables below a comment `<!-- NAME: tested against ... -->` match the code. UPDATE_DOCS=1 writes them.

const read = (page: string) => readFile(join(import.meta.dirname, '../../docs', page), 'utf8');
const code = (text: string | undefined) => (text === undefined ? '' : `\`${text}\``);

const keyedFields = ["metadata.labels['KEY']", "metadata.annotations['KEY']"];

/** Returns a row of the table of sources: where Kubernetes offers a field. */
function fieldRow(field: string): string {
  const source = parseDownwardSource(field);
  assert.ok(source.kind !== 'unknown-source', field);
  const where = availability(source);
  const offered = (place: 'env' | 'volume') => (where === place || where === 'both' ? 'yes' : 'no');
  return `| \`${field}\` | ${offered('env')} | ${offered('volume')} |`;
}

const tables = {
  annotations: {
    page: 'annotations.md',
    rows: Object.entries(annotationKeys as Record<string, AnnotationKey>).map(
      ([name, key]) => `| \`${name}\` | ${key.grammar} | ${key.default ?? ''} | ${key.meaning} | \`${key.example}\` |`,
    ),
  },
  sources: { page: 'annotations.md', rows: [...fieldPaths, ...keyedFields].map(fieldRow) },
  permissions: {
    page: 'scan.md',
    rows: scanPermissions.map(({ verb, resources, purpose }) => `| ${verb} ${resources.join(', ')} | ${purpose} |`),
  },
  settings: {
    page: 'configuration.md',
    rows: settingKeys.map((key) => {
      const setting: Setting<unknown> = settings[key];
      return `| \`${flagName(key)} ${setting.placeholder}\` | ${code(setting.default)} | ${setting.meaning} |`;
    }),
  },
};

for (const [name, { page, rows }] of Object.entries(tables)) {
  test(`the table of ${name} in docs/${page} matches the code`, async () => {
    const text = await read(page);
    const pattern = new RegExp(`(<!-- ${name}: .*-->\n.*\n\\|[-|]+\\|\n)((?:\\|.*\n)*)`);
    const [, , found = ''] = pattern.exec(text) ?? assert.fail(`no table of ${name}`);
    const expected = `${rows.join('\n')}\n`;
    if (process.env['UPDATE_DOCS'])
      return writeFile(
        join(import.meta.dirname, '../../docs', page),
        text.replace(pattern, (_, head: string) => head + expected),
      );
    assert.equal(found, expected);
  });
}

test('docs/annotations.md lists the names in every group', async () => {
  const page = await read('annotations.md');
  for (const [group, intents] of Object.entries(envGroups)) {
    if (group !== 'true')
      assert.ok(page.includes(`| \`${group}\` | ${intents.map(({ name }) => name).join(' ')}`), group);
  }
  for (const group of ['pod', 'resources']) {
    assert.ok(page.includes(`| \`${group}\` | ${fileGroups[group]?.map(({ path }) => path).join(' ')} |`), group);
  }
});

test('docs/annotations.md lists the divisors of each resource', async () => {
  const page = await read('annotations.md');
  for (const resource of ['limits.cpu', 'limits.memory']) {
    const divisors = divisorsOf(resource).map((divisor) => `\`${divisor}\``);
    assert.ok(page.includes(`| ${divisors.join(', ')} |`), resource);
  }
});
