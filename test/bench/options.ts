import { parseArgs } from 'node:util';

const sections = ['pods', 'steps', 'containers', 'memory'] as const;
export type Section = (typeof sections)[number];

export interface BenchOptions {
  /** Whether to measure webhooks that are made with other libraries, too. */
  readonly peers: boolean;
  readonly rounds: number;
  readonly sections: readonly Section[];
  /** The file for the chart of the pods; undefined if none is wanted. */
  readonly chart: string | undefined;
  /** Whether the table and the chart of the pods replace those in docs/performance.md. */
  readonly writeDocs: boolean;
}

/** Returns the options of `npm run bench`. Throws if one is wrong. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '9' },
      sections: { type: 'string', default: sections.join() },
      chart: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds must be a whole number greater than 0');
  const chosen = values.sections.split(',').map(parseSection);
  if ((values['write-docs'] || values.peers) && !chosen.includes('pods')) {
    throw new Error('--peers and --write-docs need pods in --sections');
  }
  if (values['write-docs'] && !values.peers) throw new Error('--write-docs needs --peers');
  return {
    peers: values.peers,
    rounds,
    sections: chosen,
    chart: values.chart,
    writeDocs: values['write-docs'],
  };
}

function parseSection(text: string): Section {
  const known = sections.find((one) => one === text);
  if (known === undefined) throw new Error(`--sections must be a list of ${sections.join(', ')}, not ${text}`);
  return known;
}
