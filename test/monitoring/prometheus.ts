import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import { rulesFile } from './rules.ts';

/** A `/metrics` endpoint on the loopback address, with the labels that its target has in a cluster. */
export interface ScrapeTarget {
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface RunningPrometheus {
  /** Returns the instant vector or scalar of the expression; rejects with Prometheus' message if it is wrong. */
  readonly query: (expression: string) => Promise<readonly QueryResult[]>;
  /** Returns the `data` of a path of the API, such as `rules`. */
  readonly api: (path: string, parameters?: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Starts a Prometheus with the alerts on a free port of the loopback address. It scrapes every second. */
export async function startPrometheus(targets: readonly ScrapeTarget[]): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-prometheus-'));
  await writeFile(join(folder, 'rules.yaml'), rulesFile);
  await writeFile(
    join(folder, 'prometheus.yaml'),
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yaml'],
      scrape_configs: [
        {
          job_name: 'downlink',
          honor_labels: true,
          static_configs: targets.map(({ port, labels }) => ({ targets: [`127.0.0.1:${port}`], labels })),
        },
      ],
    }),
  );
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const closed = once(child, 'close');
  const stop = async () => {
    child.kill();
    await closed;
    await rm(folder, { recursive: true });
  };
  const lines: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      const [, found] = /Listening on.* address=(127\.0\.0\.1:[1-9]\d*)/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error(`prometheus ended:\n${lines.join('\n')}`)));
  });
  const api: RunningPrometheus['api'] = async (path, parameters = {}) => {
    const answer = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, error, data } = (await answer.json()) as { status: string; error?: string; data: unknown };
    if (status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${error}`);
    return data;
  };
  const query: RunningPrometheus['query'] = async (expression) => {
    const { result } = (await api('query', { query: expression })) as {
      result: readonly { metric: Record<string, string>; value: [number, string] }[];
    };
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
  return { query, api, stop };
}
