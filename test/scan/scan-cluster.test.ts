import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { podFacts } from '../../src/scan/pod-facts.ts';
import { registeredWebhooks } from '../../src/scan/registered-webhook.ts';
import { scanFindingCodes } from '../../src/scan/scan-finding.ts';
import { workloadFacts } from '../../src/scan/workload-facts.ts';
import { configurationCases } from './cases/configuration-cases.ts';
import { installationCases } from './cases/installation-cases.ts';
import { misspelledPrefixCases, podCases } from './cases/pod-cases.ts';
import { profileCases } from './cases/profile-cases.ts';
import { options, reportOf, requests, type ScanCase, summaryOf } from './cases/scan-case.ts';
import { workloadCases } from './cases/workload-cases.ts';

const tables: Readonly<Record<string, readonly ScanCase[]>> = {
  'a scan reports of pods': podCases,
  'a scan reports of pods with a misspelled prefix': misspelledPrefixCases,
  'a scan reports of profiles': profileCases,
  'a scan reports of workloads': workloadCases,
  'a scan reports of webhook configurations': configurationCases,
  'a scan reports of the installation': installationCases,
};

for (const [what, cases] of Object.entries(tables)) {
  describe(what, () => {
    for (const one of cases) {
      test(one.name, () => {
        const { findings } = reportOf(one);
        assert.deepEqual(findings.map(summaryOf), one.found);
        const [first] = findings;
        if (one.says) assert.match(first ? [first.problem, ...first.causes, first.advice].join('\n') : '', one.says);
      });
    }
  });
}

test('each finding has a case', () => {
  const found = Object.values(tables)
    .flat()
    .flatMap((one) => one.found.map((summary) => summary.split(' ')[0]));
  assert.deepEqual([...new Set(found)].sort(), [...scanFindingCodes].sort());
});

test('a report lists the first twenty mistakes of one object, and how many more there are', () => {
  const env = Array.from({ length: 900 }, (_, index) => `NAME${index}=metadata.nam`).join();
  const annotations = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`downlink.dev/${index}`, 'x']));
  const template = { metadata: { annotations: { 'downlink.dev/env': env } }, spec: { containers: [{ name: 'main' }] } };
  const metadata = { name: 'web', namespace: 'shop', annotations };
  const workload = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template } };
  const { findings } = reportOf({ name: '', pods: [], workloads: [workload], found: [] });
  assert.deepEqual(
    findings.map(({ code, causes }) => [code, causes.length, causes.at(-1)]),
    [
      ['template-denied', 21, 'and 880 more'],
      ['misplaced', 21, 'and 480 more'],
    ],
  );
});

test('malformed objects cause no error', () => {
  const odd = [
    null,
    1,
    'x',
    [],
    {},
    { metadata: null },
    { metadata: { annotations: requests } },
    { metadata: { annotations: requests, ownerReferences: [null, {}] }, spec: null },
  ];
  for (const one of odd) {
    podFacts(one, options);
    workloadFacts(one, options);
    registeredWebhooks(one);
    registeredWebhooks({ webhooks: [one] });
  }
});
