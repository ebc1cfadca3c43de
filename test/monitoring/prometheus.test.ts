import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { type MonitoredDownlink, startMonitoredDownlink } from './monitored-downlink.ts';
import { type QueryResult, type RunningPrometheus, startPrometheus } from './prometheus.ts';
import { alertRules, missingPrometheus } from './rules.ts';

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const dashboard: { readonly panels: readonly Panel[] } = JSON.parse(
  await readFile(new URL('../../deploy/dashboards/downlink.json', import.meta.url), 'utf8'),
);
/** What stays zero here: it takes thousands of connections, or a client that does not read. */
const zeroHere = 'downlink_connections_dropped_total';

/** Returns the expression whose value an alert compares with a limit. */
const comparedBy = (expr: string) => {
  const [, absent] = /^absent\((.*)\)$/.exec(expr) ?? [];
  if (absent !== undefined) return absent;
  const compared = expr.replace(/\s(?:==|>=|<|>)\s[\d.* ]+$/, '');
  assert.notEqual(compared, expr, `no comparison at the end of ${expr}`);
  return compared;
};

describe('a Prometheus that scrapes two replicas', { skip: missingPrometheus }, () => {
  let downlink: MonitoredDownlink;
  let prometheus: RunningPrometheus;
  before(async () => {
    downlink = await startMonitoredDownlink();
    prometheus = await startPrometheus(downlink.targets);
  });
  after(async () => {
    await prometheus?.stop();
    await downlink?.stop();
  });

  /** Sends reviews until the expression has a value that satisfies the check. */
  const queried = (expression: string, check: (results: readonly QueryResult[]) => void) =>
    eventually(async () => {
      await downlink.send();
      const results = await prometheus.query(expression);
      assert.ok(results.length > 0, `no data: ${expression}`);
      // `or` would hide a metric that is absent
      for (const [metric] of expression.matchAll(/\b(?:downlink|kube)_\w+(?:\{[^}]*\})?(?![\w{])/g))
        assert.ok((await prometheus.query(metric)).length > 0, `no data: ${metric}`);
      for (const { value } of results) assert.ok(Number.isFinite(value), `${value}: ${expression}`);
      check(results);
    });

  for (const { title, targets } of dashboard.panels)
    test(`returns data for the panel ${title}`, async () => {
      if (title === 'caBundle repairs') {
        await queried('downlink_ca_bundle_repairs_total', () => {});
        downlink.overwriteCaBundle(); // only once, because an alert fires after more than three repairs
      }
      for (const { expr, legendFormat } of targets) {
        const expression = expr.replaceAll('$namespace', 'downlink').replaceAll('$__rate_interval', '10s');
        assert.ok(!expression.includes('$'), expression);
        await queried(expression, (results) => {
          for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
            for (const { metric } of results)
              assert.ok(label === 'reason' || metric[label], `no ${label}: ${expression}`);
          if (!expression.includes(zeroHere))
            assert.ok(
              results.some(({ value }) => value > 0),
              `only zeros: ${expression}`,
            );
        });
      }
    });

  for (const { alert, expr } of alertRules)
    test(`returns data for what ${alert} compares`, () => queried(comparedBy(expr), () => {}));

  test('finds no metric of the replicas that the dashboard does not show', async () => {
    const shown = JSON.stringify(dashboard.panels);
    await queried('count by (__name__) ({__name__=~"downlink_.+"})', (results) => {
      const names = results.map(({ metric }) => metric['__name__'] ?? '').filter((name) => !name.endsWith('_sum'));
      assert.deepEqual(
        names.filter((name) => !shown.includes(`${name}{`)),
        [],
      );
    });
  });

  test('counts each outcome and replica', async () => {
    const names = (label: string) => (results: readonly QueryResult[]) =>
      results.map(({ metric }) => metric[label]).sort();
    await queried('sum by (outcome) (downlink_reviews_total) > 0', (results) =>
      assert.deepEqual(names('outcome')(results), ['denied', 'injected', 'skipped']),
    );
    await queried('downlink_reviews_total{reason="invalid-let-through"}', (results) =>
      assert.deepEqual(names('pod')(results), ['downlink-a']),
    );
    await queried('sum by (pod) (downlink_reviews_total) > 0', (results) =>
      assert.deepEqual(names('pod')(results), ['downlink-a', 'downlink-b']),
    );
  });

  test('evaluates every alert without an error, and none fires for a healthy Downlink', async () => {
    await eventually(async () => {
      const { groups } = (await prometheus.api('rules')) as {
        groups: readonly { rules: readonly { name: string; health: string; state: string }[] }[];
      };
      const rules = groups.flatMap(({ rules }) => rules);
      assert.deepEqual(
        rules.map(({ name }) => name),
        alertRules.map(({ alert }) => alert),
      );
      for (const { name, health, state } of rules) {
        assert.equal(health, 'ok', name);
        assert.notEqual(state, 'firing', name);
      }
    });
  });
});
