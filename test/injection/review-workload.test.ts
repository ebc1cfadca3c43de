import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatFieldError } from '../../src/diagnostics/field-error.ts';
import { formatWarning } from '../../src/diagnostics/findings.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';
import { reviewWorkload } from '../../src/injection/review-workload.ts';
import { loadGoldenCases } from '../golden/cases.ts';
import { defaultOptions, goldenOptions } from '../golden/default-options.ts';
import { deploymentWith, podSpec, workloadKinds, workloadOf } from '../support/workloads.ts';
import { brokenPod } from './arbitrary-pods.ts';

const namespace = 'default';
const review = (object: unknown, given = namespace) => {
  const { errors, misplaced, warnings } = reviewWorkload(object, given, defaultOptions);
  return {
    errors: errors.first.map(formatFieldError),
    warnings: [...misplaced.first, ...warnings.first].map(formatWarning),
  };
};
const nothing = { errors: [], warnings: [] };

describe('every golden pod, as a template', async () => {
  for (const golden of await loadGoldenCases()) {
    if (golden.settings.namespaceProfile !== undefined) continue;
    const options = { ...goldenOptions(golden.settings), onInvalid: 'deny' as const };
    const outcome = injectPod(golden.pod, { namespace }, options);
    for (const workload of [workloadKinds[0], workloadKinds[6]]) {
      test(`in a ${workload.kind} gets the findings of a pod: ${golden.name.replaceAll('-', ' ')}`, () => {
        const { errors, warnings } = reviewWorkload(workloadOf(workload, golden.pod), namespace, options);
        const below = <T extends { readonly field: string }>(finding: T) => ({
          ...finding,
          field: `${workload.path}.${finding.field}`,
        });
        assert.deepEqual(errors.first, outcome.kind === 'denied' ? outcome.errors.first.map(below) : []);
        assert.deepEqual(warnings.first, outcome.kind === 'denied' ? [] : outcome.warnings.first.map(below));
      });
    }
  }
});

test('the errors of a template are the same if the cluster lets its pods through', () => {
  const workload = deploymentWith({ 'downlink.dev/env': 'POD=metadata.nam' });
  const [denied, letThrough] = (['deny', 'warn'] as const).map((onInvalid) => {
    const { errors, warnings } = reviewWorkload(workload, namespace, { ...defaultOptions, onInvalid });
    return { errors, warnings };
  });
  assert.equal(letThrough?.errors.total, 1);
  assert.deepEqual(letThrough, denied);
});

describe('a workload', () => {
  for (const workload of workloadKinds) {
    const { apiVersion, kind, path } = workload;
    const template = (annotations: object) => ({ metadata: { annotations }, spec: podSpec });

    test(`of ${apiVersion} ${kind} with a valid template has no findings`, () => {
      assert.deepEqual(review(workloadOf(workload, template({ 'downlink.dev/env': 'pod' }))), nothing);
    });

    test(`of ${apiVersion} ${kind} has the errors of its template`, () => {
      const faulty = template({ 'downlink.dev/env': 'POD=metadata.nam', 'downlink.dev/volume-mode': '999' });
      assert.deepEqual(review(workloadOf(workload, faulty)), {
        errors: [
          `${path}.metadata.annotations[downlink.dev/volume-mode]: Invalid value: "999": must be octal, from 0000 to 0777; for example "0444"`,
          `${path}.metadata.annotations[downlink.dev/env]: Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?`,
        ],
        warnings: [],
      });
    });

    test(`of ${apiVersion} ${kind} has a finding about its own annotations`, () => {
      const annotations = { 'downlink.dev/env': 'pod', 'example.com/note': 'mine', 'downlink.dev/ambassador': 'true' };
      const { errors, warnings } = review(workloadOf(workload, template({}), { annotations }));
      assert.deepEqual(errors, []);
      const move = `it has no effect here; move it to ${path}.metadata.annotations`;
      assert.deepEqual(warnings, [
        `downlink: metadata.annotations[downlink.dev/ambassador]: ${move}`,
        `downlink: metadata.annotations[downlink.dev/env]: ${move}`,
      ]);
    });
  }

  test('has the warnings of its pods after those about its own annotations', () => {
    const { errors, warnings } = review(
      deploymentWith({ 'downlink.dev/volume-path': '/x' }, { annotations: { 'downlink.dev/env': 'pod' } }),
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(warnings, [
      'downlink: metadata.annotations[downlink.dev/env]: it has no effect here; move it to spec.template.metadata.annotations',
      'downlink: spec.template.metadata.annotations[downlink.dev/volume-path]: it has no effect without downlink.dev/volume',
    ]);
  });

  test('has no findings about annotations that its template has with the same values: commonAnnotations', () => {
    const common = { 'downlink.dev/env': 'pod', 'downlink.dev/volume': 'labels', 'example.com/note': 'mine' };
    for (const workload of workloadKinds) {
      const object = workloadOf(
        workload,
        { metadata: { annotations: common }, spec: podSpec },
        { annotations: common },
      );
      assert.deepEqual(review(object), nothing, workload.kind);
    }
    const cronJob = workloadOf(
      workloadKinds[6],
      { metadata: { annotations: common }, spec: podSpec },
      { annotations: common },
    );
    const { jobTemplate } = cronJob.spec as { jobTemplate: object };
    const everywhere = { ...jobTemplate, metadata: { annotations: common } };
    assert.deepEqual(review({ ...cronJob, spec: { ...cronJob.spec, jobTemplate: everywhere } }), nothing);
  });

  for (const [name, own, template, warnings] of [
    [
      'another value in its template',
      { 'downlink.dev/env': 'node' },
      { 'downlink.dev/env': 'pod' },
      ['[downlink.dev/env]: it has no effect here, and PATH has another downlink.dev/env; remove it'],
    ],
    [
      'one of two that its template has',
      { 'downlink.dev/env': 'pod', 'downlink.dev/volume': 'labels' },
      { 'downlink.dev/env': 'pod' },
      ['[downlink.dev/volume]: it has no effect here; move it to PATH'],
    ],
    [
      'an unknown one',
      { 'downlink.dev/evn': 'pod' },
      {},
      ['[downlink.dev/evn]: unknown annotation, which has no effect here; write downlink.dev/env in PATH'],
    ],
    [
      'an unknown one that is a misspelled one of its template',
      { 'downlink.dev/evn': 'pod' },
      { 'downlink.dev/env': 'pod' },
      [
        '[downlink.dev/evn]: unknown annotation, which has no effect here, and PATH has another downlink.dev/env; remove it',
      ],
    ],
    [
      'one that is not similar to any other',
      { 'downlink.dev/colour': 'red' },
      {},
      [
        '[downlink.dev/colour]: unknown annotation; supported annotations: env, volume, volume-path, volume-mode, containers, ambassador, ambassador-port, ambassador-access, ambassador-image, ambassador-cpu, ambassador-memory, ambassador-sidecar, inject',
      ],
    ],
    [
      'the status',
      { 'downlink.dev/status': '{}' },
      {},
      ['[downlink.dev/status]: only Downlink writes it, and only on pods; remove it'],
    ],
    [
      'one whose value would be invalid in the template, too',
      { 'downlink.dev/env': 'POD=metadata.nam, a;b' },
      {},
      [
        '[downlink.dev/env]: it has no effect here; move it to PATH',
        '[downlink.dev/env]: Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?',
        '[downlink.dev/env]: Invalid value: "a;b": items are separated by commas or newlines',
        '[downlink.dev/env]: Invalid value: "a": unknown field; supported sources: the groups pod',
        '[downlink.dev/env]: Invalid value: "b": unknown field; supported sources: the groups pod',
      ],
    ],
  ] as const) {
    test(`has a finding about its own annotations: ${name}`, () => {
      const shown = review(deploymentWith(template, { annotations: own })).warnings;
      const expected = warnings.map(
        (text) => `downlink: metadata.annotations${text.replace('PATH', 'spec.template.metadata.annotations')}`,
      );
      assert.equal(shown.length, expected.length, shown.join('\n'));
      for (const [index, text] of expected.entries())
        assert.ok(shown[index]?.startsWith(text.slice(0, 253)), shown[index]);
    });
  }

  test('that opts its pods out has no findings', () => {
    assert.deepEqual(review(deploymentWith({ 'downlink.dev/env': 'no', 'downlink.dev/inject': 'false' })), nothing);
  });

  test('has a finding about annotations on its Job template', () => {
    const object = workloadOf(workloadKinds[6], { spec: podSpec });
    const { jobTemplate } = object.spec as { jobTemplate: object };
    const annotations = { 'downlink.dev/volume': 'labels' };
    const { warnings } = review({ ...object, spec: { jobTemplate: { ...jobTemplate, metadata: { annotations } } } });
    assert.deepEqual(warnings, [
      'downlink: spec.jobTemplate.metadata.annotations[downlink.dev/volume]: it has no effect here; move it to spec.jobTemplate.spec.template.metadata.annotations',
    ]);
  });

  test('has the findings of the namespace that its pods would be in', () => {
    const ambassador = { 'downlink.dev/ambassador': 'true', 'downlink.dev/ambassador-access': 'own-namespace' };
    assert.deepEqual(review(deploymentWith(ambassador), 'shop').errors, []);
  });
});

describe('a podFailurePolicy', () => {
  const annotations = { 'downlink.dev/ambassador': 'true' };
  const spec = {
    restartPolicy: 'Never',
    containers: [{ name: 'import', image: 'busybox:1.37', resources: { requests: { cpu: '10m' } } }],
  };
  const job = (onExitCodes: unknown, given: object = annotations, more: object = {}) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'import' },
    spec: {
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
          { action: 'FailJob', onExitCodes },
        ],
      },
      template: { metadata: { annotations: given }, spec: { ...spec, ...more } },
    },
  });
  const counted = (path = 'spec') => [
    `downlink: ${path}.podFailurePolicy.rules[1].onExitCodes: it also counts the ambassador's exit code, which is 2 at the end of every pod; add containerName: "import"`,
  ];

  for (const [name, onExitCodes, expected] of [
    ['for all codes but one', { operator: 'NotIn', values: [42] }, counted()],
    ['for the code', { operator: 'In', values: [1, 2] }, counted()],
    ['for the code of any container', { containerName: null, operator: 'In', values: [2] }, counted()],
    ['for another code', { operator: 'In', values: [42] }, []],
    ['for all codes but this one', { operator: 'NotIn', values: [2, 42] }, []],
    ['that names a container', { containerName: 'import', operator: 'NotIn', values: [42] }, []],
    ['without codes', undefined, []],
    ['of another type', 'NotIn', []],
    ['with another operator', { operator: 'Exists', values: [2] }, []],
  ] as const) {
    test(`${name} ${expected.length === 0 ? 'is fine' : 'counts the ambassador'}`, () => {
      assert.deepEqual(review(job(onExitCodes)), { errors: [], warnings: expected });
    });
  }

  const notIn = { operator: 'NotIn', values: [42] };
  test('without an ambassador is fine', () => {
    assert.deepEqual(review(job(notIn, { 'downlink.dev/env': 'pod' })), nothing);
  });

  test('with an ambassador that was injected earlier counts it', () => {
    const injectedJob = injectPod(job(notIn).spec.template, { namespace }, defaultOptions);
    assert.ok(injectedJob.kind === 'injected');
    const object = job(notIn);
    assert.deepEqual(review({ ...object, spec: { ...object.spec, template: injectedJob.pod } }).warnings, counted());
  });

  test('of a CronJob is found in its Job template', () => {
    const { spec: jobSpec } = job(notIn);
    const cron = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: jobSpec } },
    };
    assert.deepEqual(review(cron).warnings, counted('spec.jobTemplate.spec'));
  });

  test('comes after the warnings of the pods', () => {
    const { warnings } = review(job(notIn, { ...annotations, 'downlink.dev/volume-path': '/x' }));
    assert.match(warnings[0] ?? '', /volume-path/);
    assert.deepEqual(warnings.slice(1), counted());
  });
});

describe('nothing is found in', () => {
  const annotations = { 'downlink.dev/env': 'wrong' };
  for (const [name, object] of [
    ['null', null],
    ['a string', 'Deployment'],
    ['a list', [deploymentWith(annotations)]],
    ['an object without a kind', { metadata: { annotations } }],
    ['a pod', { apiVersion: 'v1', kind: 'Pod', metadata: { annotations }, spec: podSpec }],
    ['a Service', { apiVersion: 'v1', kind: 'Service', metadata: { annotations } }],
    ["somebody else's Deployment", { ...deploymentWith(annotations), apiVersion: 'example.com/v1' }],
    ['a ReplicationController without a template', workloadOf(workloadKinds[4], undefined)],
    ['a Deployment without a spec', { ...deploymentWith({}), spec: null }],
    ['a template that is a string', workloadOf(workloadKinds[0], 'template')],
    ['a template without metadata', workloadOf(workloadKinds[0], { spec: podSpec })],
    ['a kind that is a property of every object', { ...deploymentWith(annotations), kind: 'constructor' }],
    ['annotations that are a list', deploymentWith({}, { annotations: ['downlink.dev/env'] })],
  ] as const) {
    test(name, () => assert.deepEqual(review(object), nothing));
  }
});

describe('a hostile workload', () => {
  test('with more annotations than an object can have gets one error', () => {
    const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`downlink.dev/x${index}`, '']));
    const { errors, warnings } = review(deploymentWith(many, { annotations: many }));
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? '', /^spec\.template\.metadata\.annotations: Too long: /);
    assert.deepEqual(warnings, []);
  });

  test('with control characters in a key gets warnings that an API server passes on', () => {
    const { warnings } = review(deploymentWith({}, { annotations: { 'downlink.dev/a\nb\u0000': 'x' } }));
    assert.equal(warnings.length, 1);
    assert.doesNotMatch(warnings[0] ?? '', /\p{Cc}/u);
  });

  test('of any shape is reviewed without an exception', () => {
    fc.assert(
      fc.property(brokenPod, fc.constantFrom(...workloadKinds), fc.jsonValue(), (pod, workload, metadata) => {
        review(workloadOf(workload, pod));
        review({ ...workloadOf(workload, pod), metadata });
        review({ ...workloadOf(workload, pod), spec: metadata });
      }),
    );
  });
});
