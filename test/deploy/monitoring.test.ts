import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { installFile } from '../../deploy/render.ts';
import { type Manifest, only, parseManifests } from '../support/manifests.ts';

const read = (path: string) => readFile(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');

/** The metrics of the server and of kube-state-metrics, with their labels. */
const metrics: Readonly<Record<string, readonly string[]>> = {
  downlink_reviews_total: ['outcome', 'reason'],
  downlink_workload_reviews_total: ['outcome'],
  downlink_dry_run_reviews_total: ['outcome'],
  downlink_denied_workloads: [],
  downlink_injections_total: ['kind'],
  downlink_profile_injections_total: ['profile'],
  downlink_bodies_refused_total: ['reason'],
  downlink_connections_dropped_total: ['port', 'reason'],
  downlink_tls_handshake_failures_total: ['reason'],
  downlink_warnings_total: ['code'],
  downlink_review_duration_seconds_bucket: ['le'],
  downlink_review_duration_seconds_count: [],
  downlink_certificate_expiry_timestamp_seconds: [],
  downlink_certificate_files_good: [],
  downlink_ca_bundle_matches: [],
  downlink_ca_bundle_repairs_total: [],
  downlink_build_info: ['version', 'node'],
  kube_deployment_status_replicas_available: ['deployment'],
};
const scrapeLabels = ['namespace', 'pod'];
const outcomes = ['injected', 'skipped', 'denied', 'failed', 'warned', 'silent'];

/** Throws if the expression names a metric, a label or an outcome that does not exist. */
function checkExpression(expression: string): void {
  const names = expression.match(/\b(?:downlink|kube)_\w+/g) ?? [];
  assert.ok(names.length > 0, expression);
  const labels = names.flatMap((name) => {
    assert.ok(metrics[name], `no metric ${name}`);
    return metrics[name] ?? [];
  });
  const used = [
    ...[...expression.matchAll(/(\w+)\s*(?:=~|!=|=)\s*"/g)].map(([, label]) => label),
    ...[...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list?.split(/,\s*/)),
  ];
  for (const label of used)
    assert.ok([...labels, ...scrapeLabels].includes(label ?? ''), `${expression}: no label ${label}`);
  for (const [, value] of expression.matchAll(/outcome=~?"([^"]*)"/g))
    for (const outcome of value?.split('|') ?? []) assert.ok(outcomes.includes(outcome), outcome);
}

describe('the alerts', async () => {
  const { spec } = parse(await read('alerts/downlink.yaml'));
  const rules: readonly Manifest[] = spec.groups.flatMap((group: Manifest) => group.rules);

  test('cover every metric that reports a failure', () => {
    const text = JSON.stringify(rules);
    for (const metric of [
      'certificate_expiry',
      'certificate_files',
      'ca_bundle_matches',
      'denied_workloads',
      'duration',
      'replicas_available',
    ])
      assert.match(text, new RegExp(metric));
  });

  for (const { alert, expr, labels, annotations } of rules)
    test(`${alert} uses metrics that exist, and describes what to do`, () => {
      checkExpression(expr);
      assert.match(labels.severity, /^(critical|warning)$/);
      assert.ok(annotations.summary && annotations.description);
    });

  test('are listed in docs/operations.md with their severity and duration', async () => {
    const page = await read('../docs/operations.md');
    const rows = [...page.matchAll(/^\| `(Downlink\w+)` \| (\w+) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
    const listed = rows.map(([alert, severity]) => `${alert} ${severity}`);
    assert.deepEqual(listed.sort(), rules.map(({ alert, labels }) => `${alert} ${labels.severity}`).sort());
    const units: Readonly<Record<string, string>> = { m: 'minute', h: 'hour' };
    for (const { alert, for: duration } of rules.filter((rule) => rule.for !== undefined)) {
      const [, number, unit = ''] = /^(\d+)([mh])$/.exec(duration) ?? [];
      const condition = rows.find(([name]) => name === alert)?.[2] ?? '';
      assert.match(condition, new RegExp(`for ${number} ${units[unit]}s?\\b`), alert);
    }
  });

  test('watch the Deployment of install.yaml', async () => {
    const { name, namespace } = only(parseManifests(await readFile(installFile, 'utf8')), 'Deployment').metadata;
    const { expr } = rules.find(({ alert }) => alert === 'DownlinkNoReplicaReady');
    assert.ok(expr.includes(`{namespace="${namespace}", deployment="${name}"}`));
  });

  test('report latency before the API server times out', async () => {
    const [webhook] = only(
      parseManifests(await readFile(installFile, 'utf8')),
      'MutatingWebhookConfiguration',
    ).webhooks;
    const { expr } = rules.find(({ alert }) => alert === 'DownlinkLatencyNearTimeout');
    assert.equal(Number(/> ([\d.]+)$/.exec(expr)?.[1]), webhook.timeoutSeconds / 2);
  });
});

describe('the dashboard', async () => {
  const dashboard = JSON.parse(await read('dashboards/downlink.json'));

  for (const { title, targets } of dashboard.panels)
    test(`uses metrics that exist: ${title}`, () => {
      for (const { expr } of targets) checkExpression(expr.replaceAll('$namespace', '.*'));
    });

  test('shows every metric', () => {
    const text = JSON.stringify(dashboard.panels);
    for (const metric of Object.keys(metrics).filter((name) => name.startsWith('downlink_')))
      assert.match(text, new RegExp(metric));
  });

  test('takes its data source from a variable, and no two panels overlap or share an id', () => {
    const { panels, templating } = dashboard;
    const variable = templating.list.find(({ type }: Manifest) => type === 'datasource');
    for (const { datasource, targets } of panels)
      for (const source of [datasource, ...targets.map((target: Manifest) => target.datasource)])
        assert.equal(source.uid, `\${${variable.name}}`);
    assert.equal(new Set(panels.map(({ id }: Manifest) => id)).size, panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }: Manifest) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
  });
});
