import { helm } from '../../deploy/helm.ts';
import { chart } from '../../deploy/render.ts';
import { kubectl, tryKubectl } from './kubectl.ts';
import { images, release } from './settings.ts';

const patience = '2m'; // with the time to pull an image

/** Runs `helm install` or `helm upgrade` with the images under test and additional values, until all replicas are ready. */
export async function deploy(
  command: 'install' | 'upgrade',
  flags: readonly string[],
  values: Readonly<Record<string, string>> = {},
): Promise<void> {
  const set = Object.entries({ ...imageValues(), ...values }).flatMap(([name, value]) => [
    '--set-string',
    `${name}=${value}`,
  ]);
  const history = command === 'upgrade' ? ['--history-max', '0'] : []; // the tests look for the first revision
  try {
    await helm(
      command,
      release,
      chart,
      '--namespace',
      release,
      '--wait',
      '--timeout',
      patience,
      ...history,
      ...flags,
      ...set,
    );
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${await whatRuns()}`);
  }
}

/** Returns the names of the pods of the release, also of those that are ending. */
export async function replicaNames(): Promise<readonly string[]> {
  const pods = await kubectl(['-n', release, 'get', 'pods', '-l=app.kubernetes.io/name=downlink', '-o=name']);
  return pods.trim().split('\n');
}

/** Removes the release, if there is one. */
export async function uninstall(): Promise<void> {
  await helm('uninstall', release, '--namespace', release, '--ignore-not-found', '--wait', '--timeout', patience);
}

function imageValues(): Readonly<Record<string, string>> {
  const { webhook, ambassador } = images;
  const [, repository = '', tag = '', digest = ''] = /^(.+?)(?::([^:/@]+))?(?:@(.+))?$/.exec(webhook ?? '') ?? [];
  return {
    ...(webhook && { 'image.repository': repository, 'image.tag': tag, 'image.digest': digest }),
    ...(ambassador && { 'ambassador.image': ambassador }),
  };
}

/** Returns what an administrator would check: the replicas, their events, and the end of their logs. */
export async function whatRuns(): Promise<string> {
  const looks = [
    ['describe', 'pods'],
    ['logs', '--selector=app.kubernetes.io/name=downlink', '--tail=20', '--prefix'],
  ];
  const told = await Promise.all(looks.map((look) => tryKubectl(['--namespace', release, ...look])));
  return told.map(({ stdout, stderr }) => stdout + stderr).join('\n');
}
