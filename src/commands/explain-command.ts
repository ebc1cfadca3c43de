import { Command, Option } from 'commander';
import { exitCodeOf, type FileFinding, formatFinding, unreadable } from './manifest/finding-report.ts';
import {
  addInjectionFlags,
  addInputFlags,
  type ManifestFlags,
  optionsOf,
  tellUnknownVersion,
} from './manifest/manifest-flags.ts';
import { findInputs } from './manifest/manifest-input.ts';
import { writeOutput } from './manifest/output-format.ts';
import { showProgress } from './manifest/progress-bar.ts';

interface ExplainFlags extends ManifestFlags {
  readonly output: 'text' | 'json';
}

/** `downlink explain`: shows what pods get, and what it means. */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description(
      'Show what the pods of manifests get: where each value comes from, its unit, and whether it follows changes',
    )
    .addOption(new Option('-o, --output <format>', 'format').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Pods that ask for nothing are left out. Exit codes: 0 done, 1 mistakes in annotations, 2 something could not be read.

Examples:
  $ downlink explain -f deploy.yaml --kubernetes-version 1.33
  $ downlink explain -f deploy.yaml --cluster`,
    );
  addInjectionFlags(addInputFlags(command));
  return command.action(async (flags: ExplainFlags) => {
    const options = await optionsOf(flags);
    const { explain } = await import('../index.ts');
    const { formatExplanation } = await import('./manifest/explanation-text.ts');
    const inputs = await findInputs(flags.filename, flags.recursive === true);
    const progress = showProgress(inputs.length, process.stderr);
    const problems: FileFinding[] = [];
    const pods = inputs.flatMap(({ name: file, read }) => {
      progress.next();
      const input = read();
      if ('problem' in input) {
        problems.push(unreadable(file, input.problem));
        return [];
      }
      const explained = explain(input.text, options);
      for (const finding of explained.findings) problems.push({ file, ...finding });
      return explained.pods.map((pod) => ({ file, ...pod }));
    });
    progress.end();
    if (pods.some(({ needsVersion }) => needsVersion)) tellUnknownVersion();
    for (const problem of problems) process.stderr.write(`${formatFinding(problem, process.stderr)}\n`);
    const shown = pods.map(({ needsVersion: _, ...pod }) => pod);
    if (flags.output === 'json') writeOutput(`${JSON.stringify(shown, null, 2)}\n`);
    else writeOutput(pods.map((pod) => formatExplanation(pod, process.stdout)).join('\n'));
    if (pods.length === 0 && problems.length === 0) process.stderr.write('no pod in there asks for anything\n');
    process.exitCode = exitCodeOf([...problems, ...pods.flatMap(({ findings }) => findings)]);
  });
}
