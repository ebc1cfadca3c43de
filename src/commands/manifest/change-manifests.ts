import { type Command, Option } from 'commander';
import type { ManifestChange } from '../../index.ts';
import { exitCodeOf, type FileFinding, formatFinding, unreadable } from './finding-report.ts';
import { addInputFlags, type ManifestFlags, tellUnknownVersion } from './manifest-flags.ts';
import { findInputs } from './manifest-input.ts';
import { writeOutput } from './output-format.ts';
import { showProgress } from './progress-bar.ts';

/** The flags of a command that prints manifests changed. */
export interface ChangeFlags extends ManifestFlags {
  readonly output?: 'yaml' | 'json';
  readonly diff?: true;
}

export function addChangeFlags(command: Command): Command {
  return addInputFlags(command)
    .addOption(
      new Option('-o, --output <format>', 'print all as yaml or as json; without it each as it was').choices([
        'yaml',
        'json',
      ]),
    )
    .option('--diff', 'print what changes, as a unified diff');
}

/** Changes each manifest and prints all of them, or their diffs. One with an error is not printed, the others are. */
export async function changeManifests(
  flags: ChangeFlags,
  change: (text: string) => ManifestChange & { readonly needsVersion?: boolean },
): Promise<void> {
  const { unifiedDiff } = await import('./unified-diff.ts');
  const inputs = await findInputs(flags.filename, flags.recursive === true);
  const progress = showProgress(inputs.length, process.stderr);
  const findings: FileFinding[] = [];
  const texts: string[] = [];
  let needsVersion = false;
  for (const { name, read } of inputs) {
    const input = read();
    if ('problem' in input) {
      findings.push(unreadable(name, input.problem));
    } else {
      const { text, documents, findings: own, needsVersion: isNeeded = false } = change(input.text);
      needsVersion ||= isNeeded;
      findings.push(...own.map((finding) => ({ file: name, ...finding })));
      if (text !== undefined) texts.push(flags.diff ? unifiedDiff(name, documents, process.stdout) : text);
    }
    progress.next();
  }
  progress.end();
  if (needsVersion) tellUnknownVersion();
  for (const finding of findings) process.stderr.write(`${formatFinding(finding, process.stderr)}\n`);
  writeOutput(flags.diff ? texts.join('') : await join(texts, flags.output));
  process.exitCode = exitCodeOf(findings);
}

/** Several manifests as one. */
async function join(texts: readonly string[], format: ChangeFlags['output']): Promise<string> {
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
