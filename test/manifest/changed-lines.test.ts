import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inject } from '../../src/index.ts';
import { applyEdits, changedLines } from '../../src/yaml-edit/text-edit.ts';
import { validOptions } from './valid-options.ts';

const options = validOptions({ kubernetesVersion: '1.33' }, 'default');
const text = 'a: 1\nb: 2\nc: 3\n';

describe('edits as replaced lines', () => {
  for (const [name, edits, expected] of [
    ['none', [], []],
    ['lines between two others', [{ start: 5, end: 5, text: 'x\ny\n' }], [{ start: 5, end: 5, text: 'x\ny\n' }]],
    ['a removed line', [{ start: 5, end: 10, text: '' }], [{ start: 5, end: 10, text: '' }]],
    ['a part of a line', [{ start: 8, end: 9, text: '7' }], [{ start: 5, end: 10, text: 'b: 7\n' }]],
    [
      'two parts of one line',
      [
        { start: 8, end: 9, text: '7' },
        { start: 5, end: 6, text: 'd' },
      ],
      [{ start: 5, end: 10, text: 'd: 7\n' }],
    ],
    [
      'a part of a line, and lines before and after it',
      [
        { start: 5, end: 5, text: 'x\n' },
        { start: 8, end: 9, text: '7' },
        { start: 10, end: 10, text: 'y\n' },
      ],
      [
        { start: 5, end: 10, text: 'x\nb: 7\n' },
        { start: 10, end: 10, text: 'y\n' },
      ],
    ],
    ['a removed line break', [{ start: 4, end: 5, text: ' ' }], [{ start: 0, end: 10, text: 'a: 1 b: 2\n' }]],
    ['lines after the end of a line', [{ start: 9, end: 9, text: '\nx' }], [{ start: 10, end: 10, text: 'x\n' }]],
  ] as const) {
    test(name, () => assert.deepEqual(changedLines(text, edits), expected));
  }

  const folder = join(import.meta.dirname, 'golden');
  for (const file of readdirSync(folder).filter((one) => /^[\w-]+\.(?:yaml|json)$/.test(one))) {
    test(`give the injected text of ${file}`, () => {
      for (const { before, after, lines } of inject(readFileSync(join(folder, file), 'utf8'), options).documents) {
        assert.equal(applyEdits(before, lines), after);
        for (const { start, end } of lines) {
          for (const at of [start, end]) assert.ok(at === 0 || at === before.length || before[at - 1] === '\n');
        }
      }
    });
  }
});
