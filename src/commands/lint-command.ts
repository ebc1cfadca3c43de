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

const formats = ['text', 'json', 'github', 'sarif'] as const;

interface LintFlags extends ManifestFlags {
  readonly output: (typeof formats)[number];
}

/** `downlink lint`: tells what is wrong with the annotations in manifests. */
export function lintCommand(): Command {
  const command = new Command('lint')
    .description('Tell what is wrong with the annotations in manifests, in the words of the webhook')
    .addOption(new Option('-o, --output <format>', 'format of what is found').choices(formats).default('text'))
    .addHelpText(
      'after',
      `
It finds mistakes that the webhook would refuse, its warnings, and annotations on a workload that belong on its pod
template. Hints are keys of Downlink that nothing reads, and ambassadors whose ServiceAccount stands in these files
without a role bound to it.

Exit codes: 0 no mistakes (there may be warnings and hints), 1 mistakes, 2 something could not be read.

Examples:
  $ downlink lint -f k8s/ -R --kubernetes-version 1.33
  $ downlink lint -f k8s/ -R --cluster
  $ downlink lint -f k8s/ -R -o sarif > downlink.sarif`,
    );
  addInjectionFlags(addInputFlags(command));
  return command.action(async (flags: LintFlags) => {
    const options = await optionsOf(flags);
    const { lint } = await import('../index.ts');
    const inputs = await findInputs(flags.filename, flags.recursive === true);
    const progress = showProgress(inputs.length, process.stderr);
    const problems: FileFinding[] = [];
    function* manifests() {
      for (const { name, read } of inputs) {
        const input = read();
        if ('text' in input) yield { name, text: input.text };
        else problems.push(unreadable(name, input.problem));
        progress.next();
      }
    }
    const linted = lint(manifests(), options);
    progress.end();
    if (linted.some(({ needsVersion }) => needsVersion)) tellUnknownVersion();
    const found = linted.flatMap(({ name, findings }) => findings.map((finding) => ({ file: name, ...finding })));
    const findings = [...problems, ...found];
    writeOutput(await format(findings, flags.output));
    if (flags.output === 'text') process.stderr.write(`${summary(inputs.length, findings)}\n`);
    process.exitCode = exitCodeOf(findings);
  });
}

async function format(findings: readonly FileFinding[], output: LintFlags['output']): Promise<string> {
  switch (output) {
    case 'text':
      return findings.map((finding) => `${formatFinding(finding, process.stdout)}\n`).join('');
    case 'json':
      return `${JSON.stringify(findings, null, 2)}\n`;
    case 'github': {
      const { formatGithub } = await import('./manifest/github-annotations.ts');
      return findings.map((finding) => `${formatGithub(finding)}\n`).join('');
    }
    case 'sarif': {
      const { formatSarif } = await import('./manifest/sarif-report.ts');
      return formatSarif(findings);
    }
    default:
      return output satisfies never;
  }
}

function summary(files: number, findings: readonly FileFinding[]): string {
  const count = (severity: FileFinding['severity'], word: string) => {
    const all = findings.filter((finding) => finding.severity === severity);
    const listed = all.filter(({ code }) => code !== 'more').length;
    return `${listed < all.length ? 'more than ' : ''}${listed} ${word}${listed === 1 ? '' : 's'}`;
  };
  const looked = `${files} file${files === 1 ? '' : 's'}`;
  return `${looked}: ${count('error', 'error')}, ${count('warning', 'warning')}, ${count('hint', 'hint')}`;
}
