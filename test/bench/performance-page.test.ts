import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceSection } from './performance-page.ts';

const page = 'before\n<!-- bench: peers -->\n\nold\n\n<!-- end of bench: peers -->\nafter\n';

test('a section of a page is replaced, and replaced again', () => {
  const once = replaceSection(page, 'peers', ['new $&', 'lines']);
  assert.equal(
    once,
    page.replace('old', () => 'new $&\nlines'),
  );
  assert.equal(replaceSection(once, 'peers', ['old']), page);
});

test('a page without the section is an error', () => {
  assert.throws(() => replaceSection(page, 'other', []), /no section other/);
});
