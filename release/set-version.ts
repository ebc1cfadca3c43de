/**
 * Sets the version of the next release in every file that holds it: `npm run release:version 0.2.0`. RELEASING.md lists
 * the other steps.
 */
import { execFile } from 'node:child_process';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import semver from 'semver';

/** A version without build metadata, which an image tag cannot hold. Source: https://semver.org/ */
const version = String.raw`\d+\.\d+\.\d+(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?`;

/** What stands directly before the version, by file. Every one of these occurs in its file at least once. */
const places: Readonly<Record<string, readonly RegExp[]>> = {
  'package.json': [/^ {2}"version": "/],
  'package-lock.json': [/^ {2}"version": "/, /^ {4}"": \{\n {6}"name": "[^"\n]+",\n {6}"version": "/],
  'src/version.ts': [/^export const version = '/],
  'deploy/chart/Chart.yaml': [/^version: /, /^appVersion: /],
  'deploy/helm-plugin/plugin.yaml': [/^version: /],
  'deploy/install.yaml': [/app\.kubernetes\.io\/version: /, /downlink:/],
};

/** Files that may show the version in an example, and what stands before it there. */
const examples = ['*.md', 'docs/**/*.md', 'deploy/**/*.md', 'Dockerfile'];
const inExamples = [
  /"version":"/,
  /downlink:/,
  /kubectl-downlink@/,
  /OWNER\/downlink@v/,
  /rev: v/,
  /--version /,
  /and this is /,
];

/** Sets the version in every file below `root` that holds it, and dates the changelog. Returns the files that changed. */
export async function setVersion(root: string, next: string, today: Date): Promise<readonly string[]> {
  const current: string = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).version;
  if (!new RegExp(`^${version}$`).test(next)) throw new Error(`${next} is not a version such as 0.2.0 or 0.2.0-rc.1`);
  if (semver.lt(next, current)) throw new Error(`${next} is older than ${current}, the version of package.json`);
  const edits: (readonly [file: string, edit: (text: string) => string])[] = [
    ['CHANGELOG.md', (text) => withRelease(text, next, today)],
    ...Object.entries(places).map(
      ([file, before]) => [file, (text: string) => withVersion(text, before, next, file)] as const,
    ),
  ];
  for await (const file of glob(examples, { cwd: root, exclude: ['CHANGELOG.md', 'RELEASING.md', 'docs/api/**'] })) {
    edits.push([file, (text) => withVersion(text, inExamples, next)]);
  }
  const results = await Promise.all(
    edits.map(async ([file, edit]) => {
      const text = await readFile(join(root, file), 'utf8');
      return { file, text, edited: edit(text) };
    }),
  );
  const changed = results.filter(({ text, edited }) => edited !== text); // nothing is written where an edit throws
  await Promise.all(changed.map(({ file, edited }) => writeFile(join(root, file), edited)));
  return changed.map(({ file }) => file).sort();
}

/** Replaces the version after each of these texts. With `required`, the file's name, each of them must occur. */
function withVersion(text: string, before: readonly RegExp[], next: string, required?: string): string {
  let result = text;
  for (const { source } of before) {
    const pattern = new RegExp(`(?<=${source})${version}`, 'gm');
    if (required !== undefined && !pattern.test(text)) throw new Error(`${required} has no version after ${source}`);
    result = result.replaceAll(new RegExp(pattern), next);
  }
  return result;
}

/** Puts what is unreleased under the version and the date; unchanged where the changelog has that version. */
function withRelease(text: string, next: string, today: Date): string {
  if (text.includes(`\n## [${next}]`)) return text;
  const unreleased = '\n## [Unreleased]\n';
  if (!text.includes(unreleased)) throw new Error('CHANGELOG.md has no heading "## [Unreleased]"');
  return text.replace(unreleased, `${unreleased}\n## [${next}] - ${today.toISOString().slice(0, 10)}\n`);
}

/** Returns the lines of tracked files, tests aside, that contain a text, as `file:line:text`. */
async function linesWith(root: string, text: string): Promise<string> {
  const outside = [':!test', ':!CHANGELOG.md', ':!RELEASING.md', ':!package-lock.json', ':!release/tools'];
  const args = ['grep', '--line-number', '--fixed-strings', '--word-regexp', text, '--', ...outside];
  const found = await promisify(execFile)('git', args, { cwd: root }).catch((error) => error); // 1 where there are none
  return found.stdout;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const [next = ''] = process.argv.slice(2);
  const { version: current } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const changed = await setVersion(root, next, new Date());
  process.stdout.write(`${next} is set in:\n${changed.map((file) => `  ${file}\n`).join('')}`);
  const others = current === next ? '' : await linesWith(root, current);
  if (others !== '')
    process.stdout.write(`These lines still contain ${current}; check whether they should:\n${others}`);
}
