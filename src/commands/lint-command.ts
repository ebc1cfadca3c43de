import { dirname, join, normalize } from 'node:path';
import { Command, Option } from 'commander';
import type { Invocation, OutputStream } from './invocation.ts';
import { exitCodeOf, type FileFinding, formatFinding, unreadable } from './manifest/finding-report.ts';
import {
  addInjectionFlags,
  addInputFlags,
  type ManifestFlags,
  optionsOf,
  reportUnknownVersion,
} from './manifest/manifest-flags.ts';
import { findInputs, type ManifestInput } from './manifest/manifest-input.ts';
import { showProgress } from './manifest/progress-bar.ts';
import { pathInRepository } from './manifest/report-path.ts';
import { writeOutput } from './manifest/write-output.ts';

const formats = ['text', 'json', 'github', 'sarif'] as const;

interface LintFlags extends ManifestFlags {
  readonly output: (typeof formats)[number];
}

/** `downlink lint`: reports what is wrong with the annotations in manifests. */
export function lintCommand(invocation: Invocation): Command {
  const command = new Command('lint')
    .description('Report what is wrong with the annotations in manifests, with the messages of the webhook')
    .addOption(new Option('-o, --output <format>', 'output format').choices(formats).default('text'))
    .addHelpText(
      'after',
      `
Reports mistakes for which the webhook would reject a pod, what it would warn about, and annotations on a workload that
belong on its pod template. Hints are about Downlink keys that nothing reads, and about ambassadors whose ServiceAccount
is in these files but has no role bound to it there.

In a folder, Kustomize patches are checked as far as they go. A template that mentions Downlink causes a warning, because
it must be rendered first. Files that cannot be read and do not mention Downlink are passed over.

Exit codes: 0 no mistakes (warnings and hints are possible), 1 mistakes, 2 something cannot be read.

Examples:
  $ downlink lint -f k8s/ -R --kubernetes-version 1.33
  $ downlink lint -f k8s/ -R --cluster
  $ downlink lint -f . -R --exclude charts 'test/**'
  $ downlink lint -f k8s/ -R -o sarif > downlink.sarif`,
    );
  addInjectionFlags(addInputFlags(command));
  return command.action((flags: LintFlags) => lintManifests(flags, invocation));
}

async function lintManifests(flags: LintFlags, invocation: Invocation): Promise<void> {
  const { stdin, stdout, stderr, env } = invocation;
  const options = await optionsOf(flags, invocation);
  const { lint } = await import('../index.ts');
  const inputs = await findInputs(flags, stdin);
  const patches = await findPatches(inputs);
  const progress = showProgress(inputs.length, stderr);
  const problems: FileFinding[] = [];
  function* manifests() {
    for (const { name, isFound, read } of inputs) {
      const input = read();
      if (input.kind === 'text') yield { name, text: input.text, isFound, isPatch: patches.has(normalize(name)) };
      else problems.push(unreadable(name, input.problem));
      progress.next();
    }
  }
  const linted = lint(manifests(), options);
  progress.end();
  if (linted.some(({ needsVersion }) => needsVersion)) reportUnknownVersion(stderr);
  const found = linted.flatMap(({ name, findings }) => findings.map((finding) => ({ file: name, ...finding })));
  const findings = [...problems, ...found];
  writeOutput(await formatFindings(findings, flags.output, stdout, env['GITHUB_WORKSPACE']), invocation);
  if (flags.output === 'text') {
    const passedOver = linted.filter((one) => one.passedOver > 0 && one.findings.length === 0).length;
    stderr.write(`${summary(inputs.length, findings, passedOver)}\n`);
  }
  invocation.exitCode = exitCodeOf(findings);
}

/** Returns the paths of the files that kustomizations among the inputs use as patches. */
async function findPatches(inputs: readonly ManifestInput[]): Promise<ReadonlySet<string>> {
  const { isKustomizationFile, patchFiles } = await import('../index.ts');
  const patches = inputs.flatMap(({ name, read }) => {
    if (!isKustomizationFile(name)) return [];
    const input = read();
    return input.kind === 'text' ? patchFiles({ name, text: input.text }).map((file) => join(dirname(name), file)) : [];
  });
  return new Set(patches);
}

async function formatFindings(
  findings: readonly FileFinding[],
  output: LintFlags['output'],
  stream: OutputStream,
  root: string | undefined,
): Promise<string> {
  const inRepository = () => findings.map((one) => ({ ...one, file: pathInRepository(one.file, root) }));
  switch (output) {
    case 'text':
      return findings.map((finding) => `${formatFinding(finding, stream)}\n`).join('');
    case 'json':
      return `${JSON.stringify(findings, null, 2)}\n`;
    case 'github': {
      const { formatGithub } = await import('./manifest/github-annotations.ts');
      return inRepository()
        .map((finding) => `${formatGithub(finding)}\n`)
        .join('');
    }
    case 'sarif': {
      const { formatSarif } = await import('./manifest/sarif-report.ts');
      return formatSarif(inRepository());
    }
    default:
      return output satisfies never;
  }
}

function summary(files: number, findings: readonly FileFinding[], passedOver: number): string {
  const count = (severity: FileFinding['severity'], noun: string) => {
    const all = findings.filter((finding) => finding.severity === severity);
    const listed = all.filter(({ code }) => code !== 'more').length;
    return `${listed < all.length ? 'more than ' : ''}${listed} ${noun}${listed === 1 ? '' : 's'}`;
  };
  const inputs = `${files} file${files === 1 ? '' : 's'}`;
  const others =
    passedOver === 0
      ? ''
      : `; passed over ${passedOver} file${passedOver === 1 ? ' that is not a manifest' : 's that are not manifests'}`;
  return `${inputs}: ${count('error', 'error')}, ${count('warning', 'warning')}, ${count('hint', 'hint')}${others}`;
}
