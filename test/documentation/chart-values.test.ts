import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

// The table in deploy/chart/README.md has a row for each value that values.yaml explains. UPDATE_DOCS=1 writes it anew.

const chart = join(import.meta.dirname, '../../deploy/chart');
const table = /(<!-- values: .*-->\n.*\n\|[-|]+\|\n)((?:\|.*\n)*)/;

test('deploy/chart/README.md lists the values of values.yaml with their defaults and comments', async () => {
  const { contents } = parseDocument(await readFile(join(chart, 'values.yaml'), 'utf8'));
  assert.ok(isMap(contents));
  const rows = `${rowsOf(contents, '').join('\n')}\n`;
  const page = await readFile(join(chart, 'README.md'), 'utf8');
  const [, , found] = table.exec(page) ?? assert.fail('no table of values');
  if (process.env['UPDATE_DOCS'])
    return writeFile(
      join(chart, 'README.md'),
      page.replace(table, (_, head: string) => head + rows),
    );
  assert.equal(found, rows);
});

/** Returns a row for each value, and for each group of values with a comment of its own. */
function rowsOf(values: YAMLMap, parent: string): readonly string[] {
  return values.items.flatMap(({ key, value }, index) => {
    assert.ok(isScalar(key));
    const path = `${parent}${/^\w+$/.test(String(key.value)) ? key.value : JSON.stringify(key.value)}`;
    const comment = key.commentBefore ?? (index === 0 ? values.commentBefore : undefined); // as yaml attaches comments
    const description = comment?.split('\n\n').at(-1)?.trim().replaceAll(/\n\s*/g, ' '); // without the header of the file
    if (!isMap(value) || value.items.length === 0) {
      const code = JSON.stringify(isScalar(value) ? value.value : value);
      return [`| \`${path}\` | \`${code}\` | ${description} |`];
    }
    const group = description === undefined ? [] : [`| \`${path}\` | | ${description} |`];
    return [...group, ...rowsOf(value, `${path}.`)];
  });
}
