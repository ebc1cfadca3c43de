import { Command, Option } from 'commander';
import type { Invocation } from './invocation.ts';
import { exitCodeOf, type FileFinding, formatFinding, unreadable } from './manifest/finding-report.ts';
import {
  addInjectionFlags,
  addInputFlags,
  type ManifestFlags,
  optionsOf,
  reportUnknownVersion,
} from './manifest/manifest-flags.ts';
import { findInputs } from './manifest/manifest-input.ts';
import { showProgress } from './manifest/progress-bar.ts';
import { writeOutput } from './manifest/write-output.ts';

interface ExplainFlags extends ManifestFlags {
  readonly output: 'text' | 'json';
}

/** `downlink explain`: shows what the pods in manifests get. */
export function explainCommand(invocation: Invocation): Command {
  const command = new Command('explain')
    .description('Show what the pods in manifests get: each value, its unit and source, and whether it follows changes')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Pods that request nothing are left out.

Exit codes: 0 done, 1 mistakes in annotations, 2 something cannot be read.

Examples:
  $ downlink explain -f deploy.yaml --kubernetes-version 1.33
  $ downlink explain -f deploy.yaml --cluster`,
    );
  addInjectionFlags(addInputFlags(command));
  return command.action((flags: ExplainFlags) => explainManifests(flags, invocation));
}

async function explainManifests(flags: ExplainFlags, invocation: Invocation): Promise<void> {
  const { stdin, stdout, stderr } = invocation;
  const options = await optionsOf(flags, invocation);
  const { explain } = await import('../index.ts');
  const { formatExplanation } = await import('./manifest/explanation-text.ts');
  const inputs = await findInputs(flags, stdin);
  const progress = showProgress(inputs.length, stderr);
  const problems: FileFinding[] = [];
  const pods = inputs.flatMap(({ name: file, read }) => {
    progress.next();
    const input = read();
    if (input.kind === 'failure') {
      problems.push(unreadable(file, input.problem));
      return [];
    }
    const explained = explain(input.text, options);
    for (const finding of explained.findings) problems.push({ file, ...finding });
    return explained.pods.map((pod) => ({ file, ...pod }));
  });
  progress.end();
  if (pods.some(({ needsVersion }) => needsVersion)) reportUnknownVersion(stderr);
  for (const problem of problems) stderr.write(`${formatFinding(problem, stderr)}\n`);
  const shown = pods.map(({ needsVersion: _, ...pod }) => pod);
  if (flags.output === 'json') writeOutput(`${JSON.stringify(shown, null, 2)}\n`, invocation);
  else writeOutput(pods.map((pod) => formatExplanation(pod, stdout)).join('\n'), invocation);
  if (pods.length === 0 && problems.length === 0) stderr.write('no pod requests anything\n');
  invocation.exitCode = exitCodeOf([...problems, ...pods.flatMap(({ findings }) => findings)]);
}
