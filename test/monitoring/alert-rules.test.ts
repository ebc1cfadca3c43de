import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { alertRules, missingPrometheus, promtool, withRulesFolder } from './rules.ts';

type Series = Readonly<Record<string, string>>;
/** Whether an alert fires, with `$value` as its summary or description shows it. */
type Expected = 'silent' | { readonly value?: string };
/** A situation: the series with a sample every minute, and the alert at some times. */
type Case = readonly [alert: string, title: string, series: Series, at: Readonly<Record<string, Expected>>];

const day = 24 * 60 * 60; // seconds
const available = 'kube_deployment_status_replicas_available';
const expiry = 'downlink_certificate_expiry_timestamp_seconds';
const failed = 'downlink_reviews_total{outcome="failed", reason="bug"}';
const repairs = 'downlink_ca_bundle_repairs_total';
const fires = {};

/** Half a minute between evaluations, because `increase` extrapolates between two samples. */
const evaluationInterval = '30s';

/** The buckets of the histogram, of 100 reviews a minute of which some take longer than 1 or 2.5 seconds. */
const durations = (overOne: number, overTwoAndAHalf: number): Series =>
  Object.fromEntries(
    [
      ['1', 100 - overOne],
      ['2.5', 100 - overTwoAndAHalf],
      ['5', 100],
      ['+Inf', 100],
    ].map(([le, count]) => [`downlink_review_duration_seconds_bucket{le="${le}", pod="a"}`, `0+${count}x30`]),
  );

const cases: readonly Case[] = [
  [
    'DownlinkNoReplicaReady',
    'after a minute without a ready replica',
    { [`${available}{namespace="downlink", deployment="downlink"}`]: '2x4 0x10 1x10' },
    { '5m': 'silent', '6m': fires, '15m': fires, '16m': 'silent' },
  ],
  [
    'DownlinkNoReplicaReady',
    'not while one replica is ready, and not for other Deployments',
    {
      [`${available}{namespace="downlink", deployment="downlink"}`]: '1x20',
      [`${available}{namespace="downlink", deployment="other"}`]: '0x20',
      [`${available}{namespace="other", deployment="downlink"}`]: '0x20',
    },
    { '20m': 'silent' },
  ],
  [
    'DownlinkMetricsAbsent',
    'ten minutes after Prometheus loses the last replica',
    {
      'downlink_build_info{version="1", pod="a"}': '1x10 stale',
      'downlink_build_info{version="1", pod="b"}': '1x5 stale',
    },
    { '20m': 'silent', '21m': fires },
  ],
  [
    'DownlinkMetricsAbsent',
    'not while it scrapes one replica',
    { 'downlink_build_info{version="1", pod="a"}': '1x10 stale', 'downlink_build_info{version="1", pod="b"}': '1x30' },
    { '30m': 'silent' },
  ],
  [
    'DownlinkCertificateNearExpiry',
    'for the certificate that expires first, an hour after it has less than a week left',
    { [`${expiry}{pod="a"}`]: `${7 * day + 60 * 60}x200`, [`${expiry}{pod="b"}`]: `${90 * day}x200` },
    { '120m': 'silent', '121m': { value: '6d 22h 59m 0s' } },
  ],
  [
    'DownlinkCertificateNearExpiry',
    'not with more than a week left, and not if the certificate is renewed within the hour',
    {
      [`${expiry}{pod="a"}`]: `${7 * day + 60 * 60}x110 ${90 * day}x90`,
      [`${expiry}{pod="b"}`]: `${7 * day + 200 * 60}x200`,
    },
    { '60m': 'silent', '121m': 'silent', '200m': 'silent' },
  ],
  [
    'DownlinkCertificateFilesRefused',
    'five minutes after one of the replicas refuses its files',
    { 'downlink_certificate_files_good{pod="a"}': '1x30', 'downlink_certificate_files_good{pod="b"}': '1x4 0x30' },
    { '9m': 'silent', '10m': fires },
  ],
  [
    'DownlinkCertificateFilesRefused',
    'not for files that are bad for less than five minutes, as between two writes',
    { 'downlink_certificate_files_good{pod="a"}': '1x4 0x4 1x30' },
    { '9m': 'silent', '30m': 'silent' },
  ],
  [
    'DownlinkCaBundleMismatch',
    'two minutes after the caBundle does not match one of the replicas',
    { 'downlink_ca_bundle_matches{pod="a"}': '1x30', 'downlink_ca_bundle_matches{pod="b"}': '1x4 0x30' },
    { '6m': 'silent', '7m': fires },
  ],
  [
    'DownlinkCaBundleMismatch',
    'not while a replica repairs it',
    { 'downlink_ca_bundle_matches{pod="a"}': '1x4 0x1 1x30' },
    { '6m': 'silent', '30m': 'silent' },
  ],
  [
    'DownlinkCaBundleOverwritten',
    'after four repairs in an hour, whichever replicas make them',
    { [`${repairs}{pod="a"}`]: '0x60 1x9 2x60', [`${repairs}{pod="b"}`]: '0x60 1x9 2x60' },
    { '69m': 'silent', '75m': { value: '4' }, '135m': 'silent' },
  ],
  [
    'DownlinkCaBundleOverwritten',
    'not after three',
    { [`${repairs}{pod="a"}`]: '0x60 1x9 2x60', [`${repairs}{pod="b"}`]: '0x60 1x60' },
    { '75m': 'silent', '75m30s': 'silent', '119m': 'silent' },
  ],
  [
    'DownlinkLatencyNearTimeout',
    'if two in a hundred reviews take longer than 2.5 seconds for five minutes',
    durations(2, 2),
    { '5m': 'silent', '6m': { value: '3.75s' }, '30m': { value: '3.75s' } },
  ],
  [
    'DownlinkLatencyNearTimeout',
    'not if one in a hundred does, nor if many take between 1 and 2.5 seconds',
    durations(80, 1),
    { '30m': 'silent' },
  ],
  [
    'DownlinkReviewsFailing',
    'at the first failure, for fifteen minutes',
    { [`${failed.replace('}', ', pod="a"}')}`]: '0x20 1x60', [`${failed.replace('}', ', pod="b"}')}`]: '0x80' },
    { '20m': 'silent', '21m': { value: '1' }, '34m30s': { value: '1' }, '36m': 'silent' },
  ],
  [
    'DownlinkReviewsFailing',
    'not for other outcomes, and not when a replica starts',
    { [failed]: '5x10 0x30', 'downlink_reviews_total{outcome="denied", reason="invalid"}': '0+5x40' },
    { '9m': 'silent', '15m': 'silent', '40m': 'silent' },
  ],
];

/** Returns a case as promtool reads it. */
function promtoolTest([name, title, series, at]: Case) {
  const rule = alertRules.find(({ alert }) => alert === name);
  assert.ok(rule, name);
  const expected = (value = '') => ({
    exp_labels: rule.labels,
    exp_annotations: Object.fromEntries(
      Object.entries(rule.annotations).map(([key, text]) => [key, text.replaceAll(/\{\{ \$value[^}]*\}\}/g, value)]),
    ),
  });
  return {
    name: `${name} ${title}`,
    interval: '1m',
    input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
    alert_rule_test: Object.entries(at).map(([time, alert]) => ({
      eval_time: time,
      alertname: name,
      exp_alerts: alert === 'silent' ? [] : [expected(alert.value)],
    })),
  };
}

describe('the alerts', { skip: missingPrometheus }, () => {
  test('are valid rules', () =>
    withRulesFolder(async (folder) => {
      assert.match(
        await promtool('check', 'rules', join(folder, 'rules.yaml')),
        new RegExp(`SUCCESS: ${alertRules.length} rules found`),
      );
    }));

  for (const one of cases)
    test(`${one[0]} ${one[1].startsWith('not ') ? one[1].replace('not', 'does not fire') : `fires ${one[1]}`}`, () =>
      withRulesFolder(async (folder) => {
        const file = join(folder, 'tests.yaml');
        const tests = [promtoolTest(one)];
        await writeFile(
          file,
          stringify({ rule_files: ['rules.yaml'], evaluation_interval: evaluationInterval, tests }),
        );
        assert.match(await promtool('test', 'rules', file), /SUCCESS/);
      }));

  test('DownlinkDenialsRising fires as denials.promtool.yaml says', () =>
    withRulesFolder(async (folder) => {
      const file = join(folder, 'denials.yaml');
      await copyFile(join(import.meta.dirname, 'denials.promtool.yaml'), file);
      assert.match(await promtool('test', 'rules', file), /SUCCESS/);
    }));

  test('each fire in one case and stay silent in another', () => {
    for (const { alert } of alertRules.filter(({ alert }) => alert !== 'DownlinkDenialsRising')) {
      const outcomes = cases
        .filter(([name]) => name === alert)
        .map(([, , , at]) => Object.values(at).every((one) => one === 'silent'));
      assert.deepEqual(new Set(outcomes), new Set([true, false]), alert);
    }
  });
});
