import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barChart } from './chart.ts';
import type { Measured } from './measure.ts';
import { comparisonTable, serversTable } from './tables.ts';

const measured = (perSecond: number, cpu: number): Measured => ({ perSecond, cpu, p50: 1, p99: 2 });
const roundOf = (floor: number, downlink: number, peer: number) =>
  new Map([
    ['floor', measured(floor, 100)],
    ['Downlink', measured(downlink, 200)],
    ['a<b> 1.0', measured(peer, 800)],
  ]);
const pods = [
  {
    pod: { name: 'small', body: ' '.repeat(2048) },
    rounds: [roundOf(9000, 4000, 500), roundOf(8000, 6000, 1000), roundOf(20_000, 5000, 2000)],
  },
];

test('the chart draws the medians, and the longest bar of a figure over the full length', () => {
  const chart = barChart(pods);
  const bars = [...chart.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  assert.deepEqual(bars, [250, 138.9, 27.8, 31.3, 62.5, 250]);
  for (const value of ['9,000', '5,000', '1,000', '100', '200', '800'])
    assert.ok(chart.includes(`>${value}</text>`), value);
});

test('the chart is well-formed whatever a server is called', () => {
  assert.ok(barChart(pods).includes('>a&lt;b> 1.0</text>'));
});

test('the chart is high enough for all its bars', () => {
  const chart = barChart([...pods, ...pods]);
  const height = Number(/viewBox="0 0 900 (\d+)"/.exec(chart)?.[1]);
  const ends = [...chart.matchAll(/<rect[^>]* y="(\d+)"[^>]* height="(\d+)"/g)].map(
    ([, y, own]) => Number(y) + Number(own),
  );
  assert.ok(ends.length === 12 && Math.max(...ends) < height);
});

test('the table of servers has medians, and ratios to the floor of the same round', () => {
  assert.deepEqual(serversTable(pods).slice(2), [
    '| small, 2 KiB | floor | 9000 | 1.00 | 2.00 | 100 | | |',
    '| | Downlink | 5000 | 1.00 | 2.00 | 200 | 0.44 (0.25-0.75) | 2.00 (2.00-2.00) |',
    '| | a<b> 1.0 | 1000 | 1.00 | 2.00 | 800 | 0.10 (0.06-0.13) | 8.00 (8.00-8.00) |',
  ]);
});

test('the table of comparisons has the throughput and CPU time of Downlink relative to each peer', () => {
  assert.deepEqual(comparisonTable(pods, 'Downlink', ['a<b> 1.0']).slice(2), [
    '| a<b> 1.0 | 6.0 (2.5-8.0) | 0.25 (0.25-0.25) |',
  ]);
});
