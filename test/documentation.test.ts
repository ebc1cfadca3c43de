import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..');
const filesIn = (folder: string, extension: RegExp) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => extension.test(file))
    .map((file) => join(folder, file));
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesIn('docs', /\.md$/)];
const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('nothing calls the ambassador at localhost, which is ::1 for some clients, but the line that says so', () => {
  const files = [
    ...pages,
    ...filesIn('docs', /\.yaml$/),
    ...filesIn('deploy', /\.(yaml|txt|tpl)$/),
    ...filesIn('src', /\.ts$/),
  ];
  const lines = files.flatMap((file) => {
    const found = read(file)
      .split('\n')
      .filter((line) => /localhost:(\d{4}|\$\{)/.test(line));
    return found.filter((line) => !line.includes('::1')).map((line) => `${file}: ${line}`);
  });
  assert.deepEqual(lines, []);
});

describe('the links of', () => {
  for (const page of pages)
    test(`${page} lead to files and headings that there are`, () => {
      const broken = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target));
      assert.deepEqual(broken, []);
    });
});

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', heading] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return false;
  return heading === undefined || headingsOf(read(file)).includes(heading);
}

/** The anchors that GitHub gives the headings of a page. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}
