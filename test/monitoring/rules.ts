import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';

const run = promisify(execFile);
const alertsFile = new URL('../../deploy/alerts/downlink.yaml', import.meta.url);

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<'summary' | 'description', string>>;
}

const { spec } = parse(await readFile(alertsFile, 'utf8'));
/** The content of a Prometheus rules file with the alerts. */
export const rulesFile: string = stringify(spec);
export const alertRules: readonly AlertRule[] = spec.groups.flatMap(({ rules }: { rules: AlertRule[] }) => rules);

/** The reason to skip a test, or false if the Debian package prometheus is installed. */
export const missingPrometheus: string | false = await Promise.all(
  ['promtool', 'prometheus'].map((program) => run(program, ['--version'])),
).then(
  () => false as const,
  () => 'needs promtool and prometheus, of the Debian package prometheus',
);

/** Creates a folder with the rules as `rules.yaml`, passes it to the function, and removes it. */
export async function withRulesFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-monitoring-'));
  try {
    await writeFile(join(folder, 'rules.yaml'), rulesFile);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Returns what promtool prints; rejects with it if promtool finds a fault. */
export async function promtool(...args: string[]): Promise<string> {
  return (await run('promtool', args)).stdout;
}
