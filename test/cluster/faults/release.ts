import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../../../deploy/helm.ts';
import { chart } from '../../../deploy/render.ts';
import type { ControlPlane } from '../control-plane.ts';
import { removeAtExit } from '../processes.ts';

/** A shell with `helm`, `kubectl` and `deploy/chart`, as in a checkout of this repository. */
export interface Shell {
  readonly folder: string;
  /** Runs commands with bash, and returns their output. Rejects with the error output of the first that fails. */
  readonly run: (commands: string, environment?: Readonly<Record<string, string>>) => Promise<string>;
}

/**
 * Returns a shell for the cluster. Its copy of the chart calls the webhooks at a port of the loopback address, because there is
 * no network for Services.
 */
export async function openShell(plane: ControlPlane, port: number): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-shell-'));
  removeAtExit(folder);
  await cp(chart, join(folder, 'deploy/chart'), { recursive: true });
  const template = join(folder, 'deploy/chart/templates/_webhook.tpl');
  const text = await readFile(template, 'utf8');
  const changed = text.replace(
    /^ {2}service:\n {4}name: .*\n {4}namespace: .*\n {4}path: (.*)\n {4}port: 443\n/m,
    `  url: https://127.0.0.1:${port}$1\n`,
  );
  if (changed === text) throw new Error(`${template} has another clientConfig than is expected here`);
  await writeFile(template, changed);
  const programs = [await findProgram('helm'), plane.binaries.kubectl ?? (await findProgram('kubectl'))].map(dirname);
  const path = [...programs, process.env['PATH']].join(delimiter);
  const cache = join(folder, 'cache'); // not that of the user
  const home = { HELM_CACHE_HOME: cache, HELM_CONFIG_HOME: cache, HELM_DATA_HOME: cache, KUBECACHEDIR: cache };
  return {
    folder,
    run: async (commands, environment) => {
      const env = { ...process.env, PATH: path, KUBECONFIG: plane.kubeconfig, ...home, ...environment };
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], { cwd: folder, env });
      return stdout;
    },
  };
}

/** Returns the commands below a heading of docs/certificates.md. */
export async function documentedCommands(heading: string): Promise<string> {
  const text = await readFile(new URL('../../../docs/certificates.md', import.meta.url), 'utf8');
  const [, section] = text.split(`\n## ${heading}\n`);
  const [, commands] = /^```sh\n(.*?)^```$/ms.exec(section?.split('\n## ')[0] ?? '') ?? [];
  if (commands === undefined) throw new Error(`docs/certificates.md has no commands under ${heading}`);
  return commands;
}
