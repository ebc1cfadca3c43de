import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../src/scan/format-report.ts';
import type { ScanFinding, ScanReport } from '../../src/scan/scan-finding.ts';

const plain = (_style: string, text: string) => text;
const finding: ScanFinding = {
  severity: 'error',
  code: 'not-injected',
  object: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  pods: 200,
  problem: 'not injected: it was created before the webhook configuration',
  causes: ['metadata.annotations[downlink.dev/env]: Forbidden: \u001b[31mred\nsecond line'],
  advice: 'run kubectl -n shop rollout restart deployment/web',
};
const report: ScanReport = {
  version: '0.1.0',
  server: 'https://127.0.0.1:6443',
  scanned: { pods: 312, namespaces: 14, optedIn: 9, workloads: 1 },
  findings: [finding, { ...finding, severity: 'warning', object: { kind: 'Service', name: 'x' }, causes: [] }],
  notes: ['cannot read webhook configurations: forbidden'],
};

test('a report has a row for each finding with its advice below, the notes, and what was scanned', () => {
  const { pods: _, ...withoutPods } = {
    ...finding,
    severity: 'warning' as const,
    object: { kind: 'Service', name: 'x' },
  };
  const findings = [finding, { ...withoutPods, causes: [] }];
  assert.equal(
    formatReport({ ...report, findings }, plain),
    `SEVERITY  OBJECT               PODS  PROBLEM
error     Deployment shop/web   200  not injected: it was created before the webhook configuration
                                     * metadata.annotations[downlink.dev/env]: Forbidden:  [31mred second line
                                     -> run kubectl -n shop rollout restart deployment/web
warning   Service x                  not injected: it was created before the webhook configuration
                                     -> run kubectl -n shop rollout restart deployment/web

note: cannot read webhook configurations: forbidden

1 error, 1 warning; scanned 312 pods (9 opted in) and 1 workload in 14 namespaces
`,
  );
});

test('a report without findings is one line', () => {
  assert.equal(
    formatReport({ ...report, findings: [], notes: [] }, plain),
    'nothing found; scanned 312 pods (9 opted in) and 1 workload in 14 namespaces\n',
  );
});

test('colours only wrap words and move no column', () => {
  const marked = formatReport(report, (style, text) => `<${style}>${text}</>`);
  assert.match(marked, /^<red>error {3}<\/> {2}Deployment/m);
  assert.match(marked, /^<yellow>warning <\/> {2}Service/m);
  assert.equal(marked.replaceAll(/<[^>]*>/g, ''), formatReport(report, plain));
});
