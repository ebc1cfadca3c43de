import { type Command, Option } from 'commander';
import type { ManifestChange } from '../../index.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodeOf, type FileFinding, formatFinding, unreadable } from './finding-report.ts';
import { addInputFlags, type ManifestFlags, reportUnknownVersion } from './manifest-flags.ts';
import type { ManifestInput } from './manifest-input.ts';
import { showProgress } from './progress-bar.ts';
import { pathInRepository } from './report-path.ts';
import { writeOutput } from './write-output.ts';

/** The flags of `inject` and `uninject`, as commander parses them. */
export interface ChangeFlags extends ManifestFlags {
  readonly output?: 'yaml' | 'json';
  readonly diff?: true;
}

/** Adds the flags of a command that prints changed manifests. */
export function addChangeFlags(command: Command): Command {
  const format = new Option(
    '-o, --output <format>',
    'print everything in one format (default: the format of each file)',
  );
  return addInputFlags(command)
    .addOption(format.choices(['yaml', 'json']).conflicts('diff'))
    .option('--diff', 'print a unified diff of the changes');
}

/**
 * Changes each manifest, and prints all of them or their diffs. A manifest with an error is not printed; the others
 * are.
 */
export async function changeManifests(
  inputs: readonly ManifestInput[],
  flags: ChangeFlags,
  invocation: Invocation,
  change: (text: string) => ManifestChange & { readonly needsVersion?: boolean },
): Promise<void> {
  const { stdout, stderr } = invocation;
  const { unifiedDiff } = await import('./unified-diff.ts');
  const progress = showProgress(inputs.length, stderr);
  const findings: FileFinding[] = [];
  const texts: string[] = [];
  let needsVersion = false;
  for (const { name, read } of inputs) {
    const input = read();
    if (input.kind === 'failure') {
      findings.push(unreadable(name, input.problem));
    } else {
      const { text, documents, findings: own, needsVersion: isNeeded = false } = change(input.text);
      needsVersion ||= isNeeded;
      findings.push(...own.map((finding) => ({ file: name, ...finding })));
      if (text !== undefined)
        texts.push(flags.diff ? unifiedDiff(pathInRepository(name, undefined), documents, stdout) : text);
    }
    progress.next();
  }
  progress.end();
  if (needsVersion) reportUnknownVersion(stderr);
  for (const finding of findings) stderr.write(`${formatFinding(finding, stderr)}\n`);
  writeOutput(flags.diff ? texts.join('') : await joinManifests(texts, flags.output), invocation);
  invocation.exitCode = exitCodeOf(findings);
}

/** Joins several manifests into one. */
async function joinManifests(texts: readonly string[], format: ChangeFlags['output']): Promise<string> {
  const { toJson, toYaml } = await import('../../index.ts');
  if (format === 'json') return texts.length === 0 ? '' : toJson(texts);
  const kept = (format === 'yaml' ? texts.map(toYaml) : texts).filter(
    (text, _, { length }) => length === 1 || text.trim() !== '',
  );
  return kept
    .map((text, index) => {
      const marker = index === 0 || /^\uFEFF?---(?:\s|$)/.test(text) ? '' : '---\n';
      const lineBreak = index === kept.length - 1 || text.endsWith('\n') ? '' : '\n';
      return marker + text + lineBreak;
    })
    .join('');
}
