import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { withNoOtherVersion, withOurVersion } from './our-version.ts';

/**
 * A pod and its expected outcome. The names of the files of a case begin with the name of the case:
 *
 * | file            | content                                                       | present                        |
 * | .pod.yaml       | the pod, as a user would apply it, with settings in comments  | always                         |
 * | .injected.yaml  | the whole pod after the patch                                 | exactly one of these three     |
 * | .denied.txt     | the errors, one per line                                      | "                              |
 * | .skipped.txt    | the reason why the pod is skipped                             | "                              |
 * | .warnings.txt   | the warnings of the AdmissionReview, one per line             | if there are any               |
 *
 * Downlink's version in a status annotation is written as `(version)`.
 *
 * The settings are `# kubernetes-version: 1.33` (the version that the engine is given; unknown without it), `# on-invalid: warn`
 * (`deny` without it), `# config: test/fixtures/settings/web.yaml` (a settings file, from the root of the repository),
 * `# namespace-profile: web` (the profile that the namespace requests), and `# requires: 1.29 (native sidecars)` (the lowest
 * version of an API server that stores the pod and the injected pod completely).
 */
export interface GoldenPod {
  readonly name: string;
  readonly podText: string;
  readonly pod: Readonly<Record<string, unknown>>;
  readonly settings: GoldenSettings;
  readonly requires?: { readonly version: string; readonly why: string };
}

export interface GoldenSettings {
  readonly kubernetesVersion?: string;
  readonly onInvalid: 'deny' | 'warn';
  /** A settings file, parsed. */
  readonly config?: unknown;
  readonly namespaceProfile?: string;
}

export interface GoldenCase extends GoldenPod {
  readonly expected: Expectation;
  readonly warnings: readonly string[];
}

export type Expectation =
  | { readonly kind: 'injected'; readonly pod: Readonly<Record<string, unknown>> }
  | { readonly kind: 'denied'; readonly text: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/** The folder of the cases, with a trailing slash. */
export const goldenFolder = new URL('./', import.meta.url);

const results = ['injected.yaml', 'denied.txt', 'skipped.txt'] as const;
const endings = ['pod.yaml', ...results, 'warnings.txt'] as const;

/** Returns every case with its expected outcome, by name. Throws if a file belongs to no case or a case has no result. */
export async function loadGoldenCases(): Promise<readonly GoldenCase[]> {
  const [pods, files] = await Promise.all([loadGoldenPods(), goldenFiles()]);
  const problems = leftovers(pods, files);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return Promise.all(
    pods.map(async (pod) => {
      const warnings = `${pod.name}.warnings.txt`;
      return {
        ...pod,
        expected: await expectationOf(pod, files),
        warnings: files.includes(warnings) ? lines(await read(warnings)) : [],
      };
    }),
  );
}

/** Returns every case without its results, by name. */
export async function loadGoldenPods(): Promise<readonly GoldenPod[]> {
  const files = (await goldenFiles()).filter((file) => file.endsWith('.pod.yaml'));
  return Promise.all(
    files.map(async (file) => {
      const podText = await read(file);
      const kubernetesVersion = settingOf(podText, 'kubernetes-version');
      const config = settingOf(podText, 'config');
      const namespaceProfile = settingOf(podText, 'namespace-profile');
      const [, version, why] = /^(\d+\.\d+) \((.+)\)$/.exec(settingOf(podText, 'requires') ?? '') ?? [];
      return {
        name: file.slice(0, -'.pod.yaml'.length),
        podText,
        pod: parse(podText),
        settings: {
          ...(kubernetesVersion !== undefined && { kubernetesVersion }),
          onInvalid: settingOf(podText, 'on-invalid') === 'warn' ? 'warn' : 'deny',
          ...(config !== undefined && {
            config: parse(await readFile(new URL(`../../${config}`, goldenFolder), 'utf8')),
          }),
          ...(namespaceProfile !== undefined && { namespaceProfile }),
        },
        ...(version !== undefined && why !== undefined && { requires: { version, why } }),
      };
    }),
  );
}

/** Returns the names of all files of cases, sorted. */
export async function goldenFiles(): Promise<readonly string[]> {
  return (await readdir(goldenFolder)).filter((file) => !file.endsWith('.ts')).sort();
}

async function expectationOf({ name }: GoldenPod, files: readonly string[]): Promise<Expectation> {
  if (files.includes(`${name}.injected.yaml`))
    return { kind: 'injected', pod: parse(withNoOtherVersion(await read(`${name}.injected.yaml`))) };
  if (files.includes(`${name}.denied.txt`)) {
    return { kind: 'denied', text: (await read(`${name}.denied.txt`)).trimEnd() };
  }
  return { kind: 'skipped', reason: (await read(`${name}.skipped.txt`)).trim() };
}

function leftovers(pods: readonly GoldenPod[], files: readonly string[]): readonly string[] {
  const known = new Set(pods.flatMap(({ name }) => endings.map((ending) => `${name}.${ending}`)));
  return [
    ...files.filter((file) => !known.has(file)).map((file) => `test/golden/${file} belongs to no case`),
    ...pods.flatMap(({ name }) => {
      const found = results.filter((ending) => files.includes(`${name}.${ending}`));
      return found.length === 1
        ? []
        : [`test/golden/${name}.pod.yaml must have one of ${results.join(', ')} and has ${found.join(', ') || 'none'}`];
    }),
  ];
}

function settingOf(podText: string, name: string): string | undefined {
  const prefix = `# ${name}: `;
  return podText
    .split('\n')
    .find((line) => line.startsWith(prefix))
    ?.slice(prefix.length)
    .trim();
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

async function read(file: string): Promise<string> {
  return withOurVersion(await readFile(new URL(file, goldenFolder), 'utf8'));
}
