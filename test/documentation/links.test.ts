import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string, extension: RegExp) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => extension.test(file))
    .map((file) => join(folder, file));

const documentation = filesIn('docs', /\.md$/).filter((file) => !file.startsWith('docs/api/')); // typedoc's
const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...['.github', 'certs', 'deploy', 'test'].flatMap((folder) => filesIn(folder, /\.md$/)),
  ...documentation,
];

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
    test(`${page} lead to files and headings that exist`, () => {
      const broken = linksOf(read(page)).filter((target) => isRelative(target) && !leadsSomewhere(page, target));
      assert.deepEqual(broken, []);
    });
});

test('the documentation index links to every page of docs/, and the index of decisions to every decision', () => {
  for (const folder of ['docs', 'docs/decisions']) {
    const index = join(folder, 'README.md');
    const linked = linksOf(read(index)).map((target) => normalize(join(folder, target.replace(/#.*/, ''))));
    const unlinked = documentation.filter(
      (page) => dirname(page) === folder && page !== index && !linked.includes(page),
    );
    assert.deepEqual(unlinked, []);
  }
});

describe('the first sentence of', () => {
  for (const page of documentation)
    test(`${page} says who the page is for`, () => {
      assert.match(read(page), /^# .+\n\nThis (page|decision) is for \w+/);
    });
});

function isRelative(target: string): boolean {
  return !/^[a-z]+:/.test(target);
}

/** The targets of links and images in the text, in the form `[text](target)` or `[text]: target`; code has none. */
function linksOf(text: string): readonly string[] {
  const prose = withoutCode(text);
  return [
    ...[...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
    ...[...prose.matchAll(/^\[[^\]]+\]: (\S+)/gm)].map(([, target = '']) => target),
  ];
}

function withoutCode(text: string): string {
  return text.replace(/^( *)```[\s\S]*?^ *```$/gm, '').replace(/`[^`\n]*`/g, '');
}

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', heading] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return false;
  return heading === undefined || anchorsOf(read(file)).includes(heading);
}

/** The anchors that GitHub gives the headings of a page: one that repeats gets a number. */
function anchorsOf(text: string): readonly string[] {
  const headings = text.replace(/^( *)```[\s\S]*?^ *```$/gm, '').matchAll(/^#+ (.*)$/gm);
  const seen = new Map<string, number>();
  return [...headings].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}
