import type { Measured, Round } from './measure.ts';
import type { BenchPod } from './pods.ts';
import { median, spread } from './statistics.ts';

/** The rounds of one pod. */
export interface PodRounds {
  readonly pod: BenchPod;
  readonly rounds: readonly Round[];
}

export type Figure = keyof Measured;

/** The name of the bare server that all others are compared with. */
export const floorName = 'floor';
export const downlinkName = 'Downlink';

const relative = 'Throughput relative to the floor | CPU relative to the floor';

/** Returns the name of the pod and the size of its review. */
export function labelOf({ name, body }: BenchPod): string {
  return `${name}, ${(body.length / 1024).toFixed(0)} KiB`;
}

/** Returns the figure of a server in each round. */
export function figures(rounds: readonly Round[], name: string, figure: Figure): readonly number[] {
  return rounds.map((round) => round.get(name)?.[figure] ?? Number.NaN);
}

/** Returns, round by round, how the figure of a server relates to that of another one. */
export function ratios(rounds: readonly Round[], name: string, base: string, figure: Figure): readonly number[] {
  const bases = figures(rounds, base, figure);
  return figures(rounds, name, figure).map((value, round) => value / (bases[round] ?? Number.NaN));
}

/** Returns a Markdown table with a row for each pod and server. */
export function serversTable(pods: readonly PodRounds[]): readonly string[] {
  return [
    `| Pod | Server | Reviews/s | p50 ms | p99 ms | CPU µs/review | ${relative} |`,
    '|---|---|---|---|---|---|---|---|',
    ...pods.flatMap(({ pod, rounds }) =>
      [...(rounds[0]?.keys() ?? [])].map((name, index) => {
        const of = (figure: Figure, digits: number) => median(figures(rounds, name, figure)).toFixed(digits);
        const cells = [of('perSecond', 0), of('p50', 2), of('p99', 2), of('cpu', 0)];
        const toFloor = name === floorName ? ['', ''] : relativeToFloor(rounds, name);
        return row([index === 0 ? labelOf(pod) : '', name, ...cells, ...toFloor]);
      }),
    ),
  ];
}

/** Returns a Markdown table of servers that do more and more of what the webhook does. */
export function stepsTable(pod: BenchPod, rounds: readonly Round[]): readonly string[] {
  const steps = [...(rounds[0]?.keys() ?? [])].filter((name) => name !== floorName);
  return [
    `| ${pod.name.replace(/^./, (first) => first.toUpperCase())} pod, step by step | CPU µs/review | ${relative} |`,
    '|---|---|---|---|',
    ...steps.map((name) => {
      const cpu = median(figures(rounds, name, 'cpu')).toFixed(0);
      return row([name, cpu, ...relativeToFloor(rounds, name)]);
    }),
  ];
}

/** Returns a Markdown table of pods that differ in their number of containers. */
export function containersTable(pods: readonly (PodRounds & { readonly containers: number })[]): readonly string[] {
  return [
    '| Pod | CPU µs per container | Floor | CPU relative to the floor |',
    '|---|---|---|---|',
    ...pods.map(({ pod, rounds, containers }) => {
      const each = (name: string) => (median(figures(rounds, name, 'cpu')) / containers).toFixed(1);
      const ratio = spread(ratios(rounds, downlinkName, floorName, 'cpu'));
      return row([labelOf(pod), each(downlinkName), each(floorName), ratio]);
    }),
  ];
}

/** Returns a Markdown table that compares one server with others: for each pod, its throughput and its CPU time relative to theirs. */
export function comparisonTable(
  pods: readonly PodRounds[],
  name: string,
  others: readonly string[],
): readonly string[] {
  const headings = pods.flatMap(({ pod }) => [`Throughput, ${pod.name}`, `CPU, ${pod.name}`]);
  return [
    row([`${name} relative to`, ...headings]),
    `|${'---|'.repeat(headings.length + 1)}`,
    ...others.map((other) =>
      row([
        other,
        ...pods.flatMap(({ rounds }) => [
          spread(ratios(rounds, name, other, 'perSecond'), 1),
          spread(ratios(rounds, name, other, 'cpu'), 2),
        ]),
      ]),
    ),
  ];
}

function relativeToFloor(rounds: readonly Round[], name: string): readonly [throughput: string, cpu: string] {
  const to = (figure: Figure) => spread(ratios(rounds, name, floorName, figure));
  return [to('perSecond'), to('cpu')];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`.replaceAll(/ {2,}/g, ' ');
}
