/**
 * `npm run corpus -- DIR...` runs inject, uninject and lint on folders of manifests. It adds annotations to each pod, and
 * checks that inject changes nothing else and that uninject restores every byte. Prints counts and every manifest that
 * violates a rule, and exits with 1 if there is one.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { diffLines } from 'diff';
import { Lexer, parseAllDocuments } from 'yaml';
import { inject, lint, uninject } from '../../src/index.ts';
import { withoutNothing } from '../manifest/arbitrary-manifests.ts';
import { validOptions } from '../manifest/valid-options.ts';
import { annotate } from './annotate.ts';

const options = validOptions({ kubernetesVersion: '1.33' }, 'default');
const counts = new Map<string, number>();
const violations: string[] = [];
const began = performance.now();
const files = process.argv.slice(2).flatMap(manifestsIn);
for (const [index, file] of files.entries()) {
  if (process.stderr.isTTY && index % 50 === 0) process.stderr.write(`\r${index} of ${files.length}`);
  check(file, readFileSync(file, 'utf8'));
}
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
for (const [what, count] of counts) console.log(`${String(count).padStart(7)}  ${what}`);
console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)}  seconds`);
for (const what of violations) console.error(what);
process.exitCode = violations.length > 0 || files.length === 0 ? 1 : 0;

function check(file: string, original: string): void {
  count('files');
  const untouched = inject(original, options);
  const mentions = original.includes('downlink.dev/');
  if (untouched.text !== undefined && !mentions)
    rule(file, 'a manifest without annotations is unchanged', untouched.text === original);
  const annotated = annotate(original);
  if (annotated === undefined) count('without a pod, or not YAML');
  else checkAnnotated(file, annotated);
}

function checkAnnotated(file: string, { text, pods }: { readonly text: string; readonly pods: number }): void {
  count('manifests with pods');
  count('pods', pods);
  const { text: injected, findings } = inject(text, options);
  const [linted] = lint([{ name: file, text }], options);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (injected === undefined) {
    const [first] = errors;
    count(`rejected: ${first?.code}: ${first?.message.replace(/^.*?\]: /, '').replace(/["\d].*/, '...')}`);
    if (first?.code !== 'not-editable') {
      rule(
        file,
        'lint reports what inject rejects',
        linted?.findings.some(({ message }) => message === first?.message) === true,
      );
    }
    return;
  }
  count('injected');
  rule(file, 'what was there is there, line for line, in order', isKept(text, injected));
  rule(file, 'comments are there, in order', isDeepStrictEqual(commentsOf(injected), commentsOf(text)));
  rule(file, 'a second pass changes nothing', inject(injected, options).text === injected);
  const back = uninject(injected).text ?? '';
  if (back === text) count('restored to the byte');
  else {
    count('restored except for an empty list or null');
    rule(
      file,
      'uninject restores it, except for an empty list or null',
      isDeepStrictEqual(meaning(back), meaning(text)),
    );
  }
}

/** Reports whether lines were only added. A line that changed (in brackets) must keep all of its characters in order. */
function isKept(before: string, after: string): boolean {
  let removed = '';
  for (const part of diffLines(before, after)) {
    if (part.removed) removed = part.value;
    else if (part.added) {
      if (!isSubsequence(removed.trimEnd(), part.value)) return false;
      removed = '';
    }
  }
  return removed === '';
}

function isSubsequence(text: string, within: string): boolean {
  let at = 0;
  for (const character of within) if (character === text[at]) at++;
  return at === text.length;
}

function commentsOf(manifest: string): readonly string[] {
  return [...new Lexer().lex(manifest)].filter((token) => token.startsWith('#'));
}

function meaning(manifest: string): readonly unknown[] {
  return parseAllDocuments(manifest, { logLevel: 'silent' }).map((document) => withoutNothing(document.toJS()));
}

function rule(file: string, what: string, holds: boolean): void {
  if (!holds) violations.push(`${file}: violates: ${what}`);
}

function count(what: string, by = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + by);
}

function manifestsIn(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) return manifestsIn(inner);
    return entry.isFile() && /\.(?:ya?ml|json)$/.test(entry.name) ? [inner] : [];
  });
}
