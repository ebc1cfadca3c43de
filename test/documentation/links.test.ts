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

test('the address of the ambassador is 127.0.0.1, because localhost is ::1 for some clients', () => {
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

describe('links', () => {
  for (const page of pages)
    test(`in ${page} point to files and headings that exist`, () => {
      const broken = linksOf(read(page)).filter((target) => isRelative(target) && !exists(page, target));
      assert.deepEqual(broken, []);
    });
});

test('the documentation index links to every page of docs/, and the decision index to every decision', () => {
  for (const folder of ['docs', 'docs/decisions']) {
    const index = join(folder, 'README.md');
    const linked = linksOf(read(index)).map((target) => normalize(join(folder, target.replace(/#.*/, ''))));
    const unlinked = documentation.filter(
      (page) => dirname(page) === folder && page !== index && !linked.includes(page),
    );
    assert.deepEqual(unlinked, []);
  }
});

describe('the first sentence', () => {
  for (const page of documentation)
    test(`of ${page} names the readers of the page`, () => {
      assert.match(read(page), /^# .+\n\nThis (page|decision) is for \w+/);
    });
});

function isRelative(target: string): boolean {
  return !/^[a-z]+:/.test(target);
}

/** Returns the targets of links and images outside of code, in the form `[text](target)` or `[text]: target`. */
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

function exists(page: string, target: string): boolean {
  const [path = '', heading] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return false;
  return heading === undefined || anchorsOf(read(file)).includes(heading);
}

/** Returns the anchors of the headings as GitHub generates them: a repeated one gets a number. */
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
