import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { isMap, isPair, parse, parseDocument, stringify, visit } from 'yaml';
import { helm, helmIsMissing } from '../../deploy/helm.ts';
import { chart, installFile, renderInstall } from '../../deploy/render.ts';
import { configurationAnnotations } from '../../src/certificates/webhook-configuration.ts';
import { parseConfig } from '../../src/config/config.ts';
import { flagName, settingKeys } from '../../src/config/settings.ts';
import { version } from '../../src/version.ts';
import { flagsOf, type Manifest, only, parseManifests, restrictedViolations, selects } from '../support/manifests.ts';

const skip = await helmIsMissing();
const namespace = 'downlink';
const newest = ['--kube-version', '1.36']; // a later --kube-version goes before it
const renderText = (...args: readonly string[]) =>
  helm('template', 'downlink', chart, '-n', namespace, ...newest, ...args);
const render = async (...args: readonly string[]) => parseManifests(await renderText(...args));
const set = (...values: readonly string[]) => values.flatMap((value) => ['--set', value]);
const settingNames = settingKeys.map((key) => flagName(key).slice('--'.length));
const camelCase = (name: string) => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const configOf = (flags: readonly (readonly [string, string])[]) =>
  parseConfig({
    flags: Object.fromEntries(flags.map(([name, value]) => [camelCase(name), value])),
    environment: { DOWNLINK_NAMESPACE: 'downlink' }, // from the downward API
    file: undefined,
  });

const certManager = set('certificates.mode=cert-manager');
const files = set('certificates.mode=files', 'certificates.secretName=own');
const everything = [
  ...set('autoscaling.enabled=true', 'networkPolicy.enabled=true', 'serviceMonitor.enabled=true', 'bindAddress=::'),
  ...set('kubernetesVersion=v1.33', 'nodeOptions=--max-semi-space-size=16', 'priorityClassName=high', 'onInvalid=warn'),
  ...set('ambassador.cpu=100m', 'ambassador.memory=128Mi', 'ambassador.access={read-only,own-namespace}'),
  ...set(
    'runAsUser=none',
    'ambassador.runAsUser=1000650000',
    'port=10250',
    'labels.team=platform',
    'podLabels.mesh=off',
  ),
  ...set(
    'webhook.excludedNamespaces={a,b}',
    'webhook.configurationName=zz-downlink',
    'image.pullSecrets[0].name=regcred',
  ),
];
const variants: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['as it is', []],
  ['with certificates of cert-manager', certManager],
  ['with certificates from files', files],
  ['with every option', everything],
  ['for Kubernetes 1.20', ['--kube-version', '1.20']],
];
const somePem = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64');
const withoutWarnings = set('workloadWarnings.enabled=false');

describe('the chart', { skip }, () => {
  it('passes helm lint', async () => {
    await helm('lint', '--strict', chart);
  });

  it('has the version of the program', async () => {
    const { appVersion } = parse(await readFile(join(chart, 'Chart.yaml'), 'utf8'));
    assert.equal(appVersion, version);
  });

  it('gives the same bytes when it is rendered again', async () => {
    for (const [, args] of variants) assert.equal(await renderText(...args), await renderText(...args));
  });

  it('is what install.yaml was rendered from', async () => {
    const [checkedIn, fresh] = [await readFile(installFile, 'utf8'), await renderInstall()].map(parseManifests);
    assert.deepEqual(checkedIn, fresh, 'deploy/install.yaml is stale: run node deploy/render.ts');
  });

  it('goes into a namespace that install.yaml makes first, and that is restricted', async () => {
    const [first] = parseManifests(await readFile(installFile, 'utf8'));
    assert.equal(first.kind, 'Namespace');
    assert.equal(first.metadata.labels['pod-security.kubernetes.io/enforce'], 'restricted');
  });

  it('tells the next step', async () => {
    const [, notes] = (await helm('install', 'downlink', chart, '--dry-run=client')).split('NOTES:');
    assert.match(notes ?? '', /annotations: \{ downlink\.dev\/env: pod \}/);
  });
});

describe('values', { skip }, () => {
  it('are all explained', async () => {
    const document = parseDocument(await readFile(join(chart, 'values.yaml'), 'utf8'));
    const silent: string[] = [];
    visit(document, {
      Pair(_, { key, value }, path) {
        if (isMap(value) && value.items.length > 0) return;
        const parents = path.filter(isPair).map((pair) => String(pair.key));
        const parent = path.at(-1);
        const isFirst = isMap(parent) && parent.items[0]?.key === key;
        const comment = (key as Manifest).commentBefore ?? (isFirst ? parent.commentBefore : undefined);
        if (!comment) silent.push([...parents, key].join('.'));
      },
    });
    assert.deepEqual(silent, []);
  });

  it('are the ones that the schema knows', async () => {
    const schema = JSON.parse(await readFile(join(chart, 'values.schema.json'), 'utf8'));
    const values = parse(await readFile(join(chart, 'values.yaml'), 'utf8'));
    const ofParents = ['global', 'enabled'];
    const compare = (known: Manifest, actual: Manifest, path: string) => {
      if (known.properties === undefined) return;
      assert.equal(known.additionalProperties, false, path);
      const names = Object.keys(known.properties).filter((name) => path !== '' || !ofParents.includes(name));
      assert.deepEqual(Object.keys(actual).toSorted(), names.toSorted(), path);
      for (const name of names)
        if (path !== '.affinity') compare(known.properties[name], actual[name], `${path}.${name}`);
    };
    const { affinity, ...rest } = schema.properties; // its parts have no defaults
    assert.equal(affinity.additionalProperties, false);
    const { affinity: _, ...restOfValues } = values;
    compare({ ...schema, properties: rest }, restOfValues, '');
  });

  const wrong: readonly (readonly [value: string, complaint: RegExp])[] = [
    ['replica=3', /additional properties 'replica' not allowed/],
    ['replicas=two', /'\/replicas': got string, want integer/],
    ['replicas=0', /'\/replicas': minimum/],
    ['image.name=x', /'\/image': additional properties 'name' not allowed/],
    ['image.repository=', /'\/image\/repository'/],
    [
      'image.repository=x:1.2',
      /image\.repository: Invalid value: "x:1\.2": must not have a tag; set image\.repository to "x" and image\.tag to "1\.2"/,
    ],
    ['image.repository=registry:5000/a/x:1', /set image\.repository to "registry:5000\/a\/x" and image\.tag to "1"/],
    [
      'image.repository=a.b/x:1@sha256:0f',
      /must not have a digest; set image\.repository to "a\.b\/x" and image\.digest to "sha256:0f"/,
    ],
    ['image.repository=https://a.b/x', /image\.repository: .*without a scheme, for example "registry\.example\.com/],
    ['image.repository=a.b/Team/x', /image\.repository: .*in lower case/],
    ['image.repository=a.b/x/', /image\.repository: Invalid value: "a\.b\/x\/"/],
    ['image.digest=latest', /'\/image\/digest'/],
    ['image.pullPolicy=Sometimes', /'\/image\/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'/],
    ['image.pullSecrets[0]=regcred', /'\/image\/pullSecrets\/0': got string, want object/],
    ['port=443', /'\/port': minimum/],
    ['port=8080', /healthPort: must be another port than port/],
    ['healthPort=99999', /'\/healthPort': maximum/],
    ['bindAddress=localhost', /'\/bindAddress'/],
    ['onInvalid=ignore', /'\/onInvalid': value must be one of 'deny', 'warn'/],
    ['kubernetesVersion=latest', /'\/kubernetesVersion'/],
    ['logLevel=trace', /'\/logLevel': value must be one of 'debug', 'info', 'warn', 'error'/],
    ['shutdownDelay=10s', /'\/shutdownDelay': got string, want integer/],
    ['ambassador.image=a b', /'\/ambassador\/image'/],
    ['ambassador.image=Kubectl:1', /'\/ambassador\/image'/],
    ['ambassador.port=80', /'\/ambassador\/port': minimum/],
    ['ambassador.access={all}', /'\/ambassador\/access\/0': value must be one of 'read-only'/],
    ['ambassador.access={full,read-only}', /'\/ambassador\/access': maxItems/],
    ['ambassador.cpu=fast', /'\/ambassador\/cpu'/],
    ['ambassador.sidecar=yes', /'\/ambassador\/sidecar': value must be one of 'auto', 'native', 'container'/],
    ['ambassador.runAsUser=0', /'\/ambassador\/runAsUser'/],
    [
      'certificates.mode=selfsigned',
      /'\/certificates\/mode': value must be one of 'self-signed', 'cert-manager', 'files'/,
    ],
    ['certificates.mode=files', /'\/certificates\/secretName': minLength/],
    ['certificates.secretName=Own', /'\/certificates\/secretName'/],
    ['certificates.caBundle=no base64', /'\/certificates\/caBundle'/],
    [
      'certificates.caBundle=LS0t',
      /certificates\.caBundle: must be certificates as PEM \(-----BEGIN CERTIFICATE-----\)/,
    ],
    ['admissionPolicy=false', /'\/admissionPolicy': got boolean, want object/],
    ['admissionPolicy.enabled=no way', /'\/admissionPolicy\/enabled': got string, want boolean/],
    ['certificates.certManager.issuer=x', /'\/certificates\/certManager': additional properties 'issuer' not allowed/],
    ['certificates.certManager.duration=90d', /'\/certificates\/certManager\/duration'/],
    ['webhook.failurePolicy=Ignore', /'\/webhook': additional properties 'failurePolicy' not allowed/],
    ['webhook.excludedNamespaces={A}', /'\/webhook\/excludedNamespaces\/0'/],
    ['workloadWarnings=false', /'\/workloadWarnings': got boolean, want object/],
    ['workloadWarnings.enabled=yes', /'\/workloadWarnings\/enabled': got string, want boolean/],
    ['workloadWarnings.failurePolicy=Fail', /'\/workloadWarnings': additional properties 'failurePolicy' not allowed/],
    ['resources.limit.memory=1Gi', /'\/resources': additional properties 'limit' not allowed/],
    ['resources.requests.cpu=lots', /'\/resources\/requests\/cpu'/],
    ['runAsUser=root', /'\/runAsUser'/],
    ['labels.team=1', /'\/labels\/team': got number, want string/],
    ['tolerations[0].keys=x', /'\/tolerations\/0': additional properties 'keys' not allowed/],
    ['affinity.node=x', /'\/affinity': additional properties 'node' not allowed/],
    ['autoscaling.enabled=yes', /'\/autoscaling\/enabled': got string, want boolean/],
    [
      'autoscaling.enabled=true,autoscaling.minReplicas=7',
      /autoscaling\.minReplicas: Invalid value: 7: must not be more than autoscaling\.maxReplicas, which is 6/,
    ],
    ['enabled=yes', /'\/enabled': got string, want boolean/],
    ['autoscaling.cpu=80%', /'\/autoscaling\/cpu'/],
    ['serviceMonitor.interval=often', /'\/serviceMonitor\/interval'/],
  ];
  for (const [value, complaint] of wrong)
    it(`stop helm by name: ${value}`, () => assert.rejects(renderText('--set', value), { message: complaint }));

  for (const repository of [
    'downlink',
    'localhost/x',
    'registry:5000/team/x',
    '[fd00::1]:5000/x',
    'A-b.example/x_y/z.1',
  ])
    it(`image.repository may be ${repository}`, async () => {
      const deployment = only(await render(...set(`image.repository=${repository}`)), 'Deployment');
      assert.equal(deployment.spec.template.spec.containers[0].image, `${repository}:${version}`);
    });

  it('may belong to a chart that this one is part of', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'downlink-umbrella-'));
    try {
      const dependency = { name: 'downlink', version: '>=0.0.0', condition: 'downlink.enabled' };
      const parent = { apiVersion: 'v2', name: 'platform', version: '0.1.0', dependencies: [dependency] };
      await writeFile(join(folder, 'Chart.yaml'), stringify(parent));
      await cp(chart, join(folder, 'charts/downlink'), { recursive: true });
      const values = ['global.region=eu', 'other.size=1', 'tags.edge=true', 'downlink.replicas=3'];
      const renderParent = async (enabled: boolean) =>
        parseManifests(await helm('template', 'p', folder, ...set(...values, `downlink.enabled=${enabled}`)));
      assert.equal(only(await renderParent(true), 'Deployment').spec.replicas, 3);
      assert.deepEqual(await renderParent(false), []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('never stand in for labels that the selectors and the webhook go by', async () => {
    const args = ['labels', 'podLabels'].flatMap((group) =>
      ['app\\.kubernetes\\.io/name', 'downlink\\.dev/component'].flatMap((key) => set(`${group}.${key}=mine`)),
    );
    const { labels } = only(await render(...args), 'Deployment').spec.template.metadata;
    assert.equal(labels['app.kubernetes.io/name'], 'downlink');
    assert.equal(labels['downlink.dev/component'], 'webhook');
  });
});

for (const [name, args] of variants) {
  describe(`the manifests ${name}`, { skip }, () => {
    let manifests: readonly Manifest[];
    let deployment: Manifest;
    let container: Manifest;
    let service: Manifest;
    let configuration: Manifest;
    let validating: Manifest;
    before(async () => {
      manifests = await render(...args);
      deployment = only(manifests, 'Deployment');
      container = deployment.spec.template.spec.containers[0];
      service = only(manifests, 'Service');
      configuration = only(manifests, 'MutatingWebhookConfiguration');
      validating = only(manifests, 'ValidatingWebhookConfiguration');
    });
    const flag = (wanted: string) => flagsOf(container).find(([name]) => name === wanted)?.[1];

    it('hold no certificate, no caBundle and no Secret', () => {
      assert.doesNotMatch(JSON.stringify(manifests), /"caBundle"|BEGIN |LS0tLS1/);
      assert.ok(manifests.every(({ kind }) => kind !== 'Secret'));
    });

    it('pass Pod Security restricted', () => {
      assert.deepEqual(restrictedViolations(deployment.spec.template.spec), []);
      assert.equal(container.securityContext.readOnlyRootFilesystem, true);
    });

    it('give the server settings that it knows, with values that it takes', () => {
      assert.equal(container.args[0], 'serve');
      const flags = flagsOf(container);
      const unknown = flags.map(([name]) => name).filter((name) => !settingNames.includes(name));
      assert.deepEqual(unknown, [], 'src/config/config.ts has no such settings');
      const parsed = configOf(flags);
      assert.equal(parsed.kind, 'valid', JSON.stringify(parsed));
      const fromEnvironment = container.env
        .map(({ name }: Manifest) => name)
        .filter((name: string) => /^DOWNLINK_/.test(name));
      assert.deepEqual(fromEnvironment, ['DOWNLINK_NAMESPACE']);
      assert.ok(settingNames.includes('namespace'), 'src/config/config.ts has no setting namespace');
    });

    it('keep Kubernetes from setting DOWNLINK_PORT for the Service', () => {
      assert.equal(deployment.spec.template.spec.enableServiceLinks, false);
    });

    it('lead a review from each webhook through the Service to the port that the server listens on', () => {
      for (const { webhooks, path } of [
        { webhooks: configuration.webhooks, path: '/mutate' },
        { webhooks: validating.webhooks, path: '/validate-workload' },
      ]) {
        for (const { clientConfig } of webhooks) {
          assert.equal(clientConfig.service.name, service.metadata.name);
          assert.equal(clientConfig.service.namespace, service.metadata.namespace);
          assert.ok(selects({ matchLabels: service.spec.selector }, deployment.spec.template.metadata.labels));
          const port = service.spec.ports.find(({ port }: Manifest) => port === clientConfig.service.port);
          const containerPort = container.ports.find(({ name }: Manifest) => name === port.targetPort);
          assert.equal(String(containerPort.containerPort), flag('port'));
          assert.equal(clientConfig.service.path, path);
        }
      }
    });

    it('probe the port that the server answers probes on', () => {
      const health = container.ports.find(({ name }: Manifest) => name === 'health');
      assert.equal(String(health.containerPort), flag('health-port'));
      for (const [probe, path] of [
        ['startupProbe', '/healthz'],
        ['livenessProbe', '/healthz'],
        ['readinessProbe', '/readyz'],
      ] as const)
        assert.deepEqual(container[probe].httpGet, { path, port: 'health' });
    });

    it('leave the server the time that it needs to stop', () => {
      const inFlight = 30; // seconds: the server's requestTimeout
      assert.ok(
        deployment.spec.template.spec.terminationGracePeriodSeconds > Number(flag('shutdown-delay')) + inFlight,
      );
      assert.equal(container.lifecycle, undefined);
      assert.deepEqual(deployment.spec.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 });
    });

    it('select the pods of the Deployment alike', () => {
      const { labels } = deployment.spec.template.metadata;
      const selectors = [
        deployment.spec.selector,
        ...deployment.spec.template.spec.topologySpreadConstraints.map(({ labelSelector }: Manifest) => labelSelector),
        ...manifests.flatMap(({ kind, spec }) => (kind === 'PodDisruptionBudget' ? [spec.selector] : [])),
        ...manifests.flatMap(({ kind, spec }) => (kind === 'NetworkPolicy' ? [spec.podSelector] : [])),
      ];
      for (const selector of selectors) {
        assert.ok(selects(selector, labels));
        assert.ok(!selects(selector, {}), 'an empty selector takes every pod');
      }
    });

    it('ask for the reviews that the server is for, and for no others', () => {
      const { webhooks } = configuration;
      assert.equal(webhooks.length, 1);
      const [{ clientConfig, objectSelector, namespaceSelector, matchConditions, ...rest }] = webhooks;
      assert.deepEqual(rest, {
        name: 'pods.downlink.dev',
        admissionReviewVersions: ['v1'],
        rules: [
          { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: 'Namespaced' },
        ],
        matchPolicy: 'Equivalent',
        failurePolicy: 'Fail',
        timeoutSeconds: 5,
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
      });
    });

    it('ask for warnings about everything that makes pods, and never refuse it', () => {
      const rule = (group: string, versions: readonly string[], ...resources: readonly string[]) => ({
        operations: ['CREATE', 'UPDATE'],
        apiGroups: [group],
        apiVersions: versions,
        resources,
        scope: 'Namespaced',
      });
      const cronJobs = name.endsWith('1.20') ? ['v1', 'v1beta1'] : ['v1'];
      const expected = [
        [
          'workloads.downlink.dev',
          rule('apps', ['v1'], 'deployments', 'statefulsets', 'daemonsets', 'replicasets'),
          rule('', ['v1'], 'replicationcontrollers'),
          rule('batch', ['v1'], 'jobs'),
        ],
        ['cronjobs.downlink.dev', rule('batch', cronJobs, 'cronjobs')],
      ];
      const actual = validating.webhooks.map(
        ({ clientConfig, objectSelector, namespaceSelector, matchConditions, name, rules, ...rest }: Manifest) => {
          assert.deepEqual(rest, {
            admissionReviewVersions: ['v1'],
            matchPolicy: 'Equivalent',
            failurePolicy: 'Ignore',
            timeoutSeconds: 2,
            sideEffects: 'None',
          });
          return [name, ...rules];
        },
      );
      assert.deepEqual(actual, expected);
    });

    it('have both webhook configurations under one name, with the same annotations', () => {
      const { name, annotations } = configuration.metadata;
      assert.deepEqual([validating.metadata.name, validating.metadata.annotations], [name, annotations]);
    });

    it('look at the same namespaces for warnings as for pods', () => {
      const [{ namespaceSelector }] = configuration.webhooks;
      for (const webhook of validating.webhooks) assert.deepEqual(webhook.namespaceSelector, namespaceSelector);
    });

    it('spare what is of the webhook itself, and no others by label', () => {
      for (const { objectSelector } of [...configuration.webhooks, ...validating.webhooks]) {
        assert.ok(!selects(objectSelector, deployment.spec.template.metadata.labels), 'its pods and ReplicaSets');
        assert.ok(!selects(objectSelector, deployment.metadata.labels), 'its Deployment');
        assert.ok(selects(objectSelector, {}));
        assert.ok(selects(objectSelector, { 'app.kubernetes.io/name': 'downlink' }));
      }
    });
  });
}

describe('the webhook configuration by version of Kubernetes', { skip }, () => {
  const conditions = [
    `has(object.metadata.annotations) && object.metadata.annotations.exists(key, key.startsWith('downlink.dev/'))`,
    `!has(object.metadata.annotations) || !('downlink.dev/inject' in object.metadata.annotations) || object.metadata.annotations['downlink.dev/inject'] != 'false'`,
    `!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)`,
  ];
  const labelled = { matchLabels: { 'downlink.dev/enabled': 'true' } };
  const excluding = (...values: readonly string[]) => ({
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }],
  });
  const versions = [
    ['1.20', undefined, labelled, undefined, 'autoscaling/v2beta2'],
    ['v1.20.2', undefined, labelled, undefined, 'autoscaling/v2beta2'],
    ['1.22', undefined, labelled, {}, 'autoscaling/v2beta2'],
    ['1.28', undefined, labelled, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }, 'autoscaling/v2'],
    ['v1.29.9-eks-a737599', undefined, labelled, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }, 'autoscaling/v2'],
    [
      '1.30',
      conditions,
      excluding('kube-system', namespace),
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      'autoscaling/v2',
    ],
    [
      'v1.30.4-gke.1348000',
      conditions,
      excluding('kube-system', namespace),
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      'autoscaling/v2',
    ],
    [
      '1.36',
      conditions,
      excluding('kube-system', namespace),
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      'autoscaling/v2',
    ],
  ] as const;
  for (const [kubeVersion, expressions, namespaceSelector, budget, autoscaling] of versions) {
    it(`${kubeVersion}: ${expressions ? 'pods with an annotation, in all namespaces but two' : 'namespaces that are labelled for it'}`, async () => {
      const manifests = await render('--kube-version', kubeVersion, '--set', 'autoscaling.enabled=true');
      const [webhook] = only(manifests, 'MutatingWebhookConfiguration').webhooks;
      assert.deepEqual(
        webhook.matchConditions?.map(({ expression }: Manifest) => expression),
        expressions,
      );
      assert.deepEqual(webhook.namespaceSelector, namespaceSelector);
      for (const { matchConditions } of only(manifests, 'ValidatingWebhookConfiguration').webhooks)
        assert.deepEqual(
          matchConditions?.map(({ name }: Manifest) => name),
          expressions && ['names-downlink', 'has-no-controller'],
        );
      const budgets = manifests.filter(({ kind }) => kind === 'PodDisruptionBudget');
      assert.deepEqual(
        budgets.map(({ apiVersion, spec: { selector, ...spec } }) => ({ apiVersion, ...spec })),
        budget === undefined ? [] : [{ apiVersion: 'policy/v1', maxUnavailable: 1, ...budget }],
      );
      assert.equal(only(manifests, 'HorizontalPodAutoscaler').apiVersion, autoscaling);
    });
  }

  for (const [helms, told] of [
    ['1.29', '1.36'],
    ['1.36', 'v1.29'],
    ['1.36', '1.20.2'],
    ['1.20', '1.23'],
  ] as const)
    it(`is that of ${told} where kubernetesVersion says so and helm knows of ${helms}`, async () => {
      const args = set('autoscaling.enabled=true');
      const all = await render(...args, '--kube-version', helms, '--set-string', `kubernetesVersion=${told}`);
      const [{ args: flags }] = only(all, 'Deployment').spec.template.spec.containers;
      assert.deepEqual(flags.splice(flags.indexOf(`--kubernetes-version=${told}`), 1), [
        `--kubernetes-version=${told}`,
      ]);
      assert.deepEqual(all, await render(...args, '--kube-version', told));
    });

  it('leaves out more namespaces where told', async () => {
    const manifests = await render(...set('webhook.excludedNamespaces={a,kube-system}'));
    const [webhook] = only(manifests, 'MutatingWebhookConfiguration').webhooks;
    assert.deepEqual(webhook.namespaceSelector, excluding('kube-system', namespace, 'a'));
  });

  it('is refused before 1.20', () => assert.rejects(renderText('--kube-version', '1.19'), { message: /kubeVersion/ }));
});

describe('the rights', { skip }, () => {
  const rulesOf = (manifests: readonly Manifest[], kind: string) => only(manifests, kind).rules;

  it('of self-signed are its Secret, its Deployment and its webhook configurations, by name', async () => {
    const manifests = await render(...set('webhook.configurationName=zz-downlink', 'certificates.secretName=own'));
    assert.deepEqual(rulesOf(manifests, 'Role'), [
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['own'],
        verbs: ['get', 'watch', 'update'],
      },
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['downlink'], verbs: ['get'] },
    ]);
    const configurations = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].map((resource) => ({
      apiGroups: ['admissionregistration.k8s.io'],
      resources: [resource],
      resourceNames: ['zz-downlink'],
      verbs: ['get', 'watch', 'patch'],
    }));
    assert.deepEqual(rulesOf(manifests, 'ClusterRole'), configurations);
  });

  it('go to the account that the pods have, and are for the objects that the server is told of', async () => {
    const manifests = await render();
    const account = only(manifests, 'ServiceAccount').metadata;
    for (const kind of ['RoleBinding', 'ClusterRoleBinding']) {
      const { roleRef, subjects } = only(manifests, kind);
      assert.equal(roleRef.name, only(manifests, roleRef.kind).metadata.name);
      assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }]);
    }
    const deployment = only(manifests, 'Deployment');
    assert.equal(deployment.spec.template.spec.serviceAccountName, account.name);
    const flags = Object.fromEntries(flagsOf(deployment.spec.template.spec.containers[0]));
    const [, secret, owner] = rulesOf(manifests, 'Role');
    assert.deepEqual(secret.resourceNames, [flags['certificate-secret']]);
    assert.deepEqual(owner.resourceNames, [flags['deployment-name']]);
    assert.equal(flags['deployment-name'], deployment.metadata.name);
    assert.equal(flags['service-name'], only(manifests, 'Service').metadata.name);
    const configuration = only(manifests, 'MutatingWebhookConfiguration').metadata.name;
    assert.equal(flags['webhook-configuration'], configuration);
    const validating = only(manifests, 'ValidatingWebhookConfiguration').metadata.name;
    assert.equal(flags['validating-webhook-configuration'], validating);
    assert.deepEqual(
      rulesOf(manifests, 'ClusterRole').map(({ resourceNames }: Manifest) => resourceNames),
      [[configuration], [validating]],
    );
  });

  for (const [name, args] of [
    ['cert-manager', certManager],
    ['files', files],
  ] as const)
    it(`of ${name} are none`, async () => {
      const kinds = (await render(...args)).map(({ kind }) => kind);
      assert.deepEqual(
        kinds.filter((kind) => /Role/.test(kind)),
        [],
      );
    });
});

describe('an option', { skip }, () => {
  it('without, the server has its own defaults', async () => {
    const [container] = only(await render(), 'Deployment').spec.template.spec.containers;
    const [given, own] = [configOf(flagsOf(container)), configOf([])];
    assert.ok(given.kind === 'valid' && own.kind === 'valid');
    const { port, healthPort, bindAddress, onInvalid, kubernetesVersion, logLevel, shutdownDelay, ambassador } =
      own.config;
    const expected = {
      port,
      healthPort,
      bindAddress,
      onInvalid,
      kubernetesVersion,
      logLevel,
      shutdownDelay,
      ambassador,
    };
    assert.deepEqual({ ...given.config, ...expected }, given.config);
  });

  it('cert-manager: the certificate is for the Service, in the Secret that is mounted, and its CA goes to the webhook', async () => {
    const manifests = await render(...certManager);
    const certificates = manifests.filter(({ kind }) => kind === 'Certificate');
    const issuers = manifests.filter(({ kind }) => kind === 'Issuer');
    const [leaf] = certificates.filter(({ spec }) => !spec.isCA);
    const [authority] = certificates.filter(({ spec }) => spec.isCA);
    for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
      const { metadata } = only(manifests, kind);
      assert.equal(metadata.annotations['cert-manager.io/inject-ca-from'], `${namespace}/${leaf.metadata.name}`);
    }
    assert.deepEqual(leaf.spec.dnsNames, [`${only(manifests, 'Service').metadata.name}.${namespace}.svc`]);
    const pod = only(manifests, 'Deployment').spec.template.spec;
    assert.equal(pod.volumes[0].secret.secretName, leaf.spec.secretName);
    const flags = Object.fromEntries(flagsOf(pod.containers[0]));
    assert.equal(flags['certificate-mode'], 'files');
    const { mountPath } = pod.containers[0].volumeMounts[0];
    assert.deepEqual(
      [flags['tls-cert-file'], flags['tls-private-key-file']],
      [`${mountPath}/tls.crt`, `${mountPath}/tls.key`],
    );
    const issuer = issuers.find(({ metadata }) => metadata.name === leaf.spec.issuerRef.name);
    assert.equal(issuer.spec.ca.secretName, authority.spec.secretName);
    const root = issuers.find(({ metadata }) => metadata.name === authority.spec.issuerRef.name);
    assert.deepEqual(root.spec, { selfSigned: {} });
  });

  it('cert-manager with an issuer of the user: no CA of our own', async () => {
    const issuer = set(
      'certificates.certManager.issuerRef.name=corp',
      'certificates.certManager.issuerRef.kind=ClusterIssuer',
    );
    const manifests = await render(...certManager, ...issuer);
    const expected = { name: 'corp', kind: 'ClusterIssuer', group: 'cert-manager.io' };
    assert.deepEqual(only(manifests, 'Certificate').spec.issuerRef, expected);
    assert.ok(manifests.every(({ kind }) => kind !== 'Issuer'));
  });

  it("files: the user's caBundle is passed on", async () => {
    const manifests = await render(...files, ...set(`certificates.caBundle=${somePem}`));
    for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
      for (const { clientConfig } of only(manifests, kind).webhooks) assert.equal(clientConfig.caBundle, somePem);
    assert.equal(only(manifests, 'Deployment').spec.template.spec.volumes[0].secret.secretName, 'own');
  });

  it('certificates.caBundle with another mode: new configurations begin with it, and the server is told to keep it', async () => {
    for (const args of [[], certManager]) {
      const manifests = await render(...args, ...set(`certificates.caBundle=${somePem}`));
      for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
        const { metadata, webhooks } = only(manifests, kind);
        for (const { clientConfig } of webhooks) assert.equal(clientConfig.caBundle, somePem);
        const additional = metadata.annotations[configurationAnnotations.additional];
        assert.equal(additional, args === certManager ? undefined : somePem);
      }
    }
  });

  it('webhook.annotations: they go to both configurations, beside our own', async () => {
    const mine = set(
      'webhook.annotations.note=mine',
      `webhook.annotations.${configurationAnnotations.mode.replaceAll('.', '\\.')}=x`,
    );
    const manifests = await render(...mine);
    const annotations = { note: 'mine', [configurationAnnotations.mode]: 'self-signed' };
    for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
      assert.deepEqual(only(manifests, kind).metadata.annotations, annotations);
  });

  it('admissionPolicy: the service account of the pods, its Secret and its Deployment are meant', async () => {
    const manifests = await render(...set('certificates.secretName=own'));
    const policies = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    const bindings = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    assert.deepEqual(
      bindings.map(({ spec }) => spec),
      policies.map(({ metadata }) => ({ policyName: metadata.name, validationActions: ['Deny'] })),
    );
    const { name, namespace: itsNamespace } = only(manifests, 'ServiceAccount').metadata;
    for (const { spec } of policies) {
      const [{ expression }] = spec.matchConditions;
      assert.equal(expression, `request.userInfo.username == 'system:serviceaccount:${itsNamespace}:${name}'`);
      assert.equal(spec.failurePolicy, 'Fail');
    }
    const ofSecrets = JSON.stringify(policies.find(({ metadata }) => metadata.name.endsWith('-secrets')));
    assert.match(ofSecrets, /object\.metadata\.name == 'own'/);
    assert.match(ofSecrets, new RegExp(`owner\\.name == '${only(manifests, 'Deployment').metadata.name}'`));
  });

  for (const [why, args] of [
    ['where it is off', set('admissionPolicy.enabled=false')],
    ['before Kubernetes 1.30, which has none', ['--kube-version', '1.29']],
    ['with cert-manager, since the service account has no rights', certManager],
    ['with files, since the service account has no rights', files],
  ] as const)
    it(`admissionPolicy: no policy ${why}`, async () => {
      assert.ok((await render(...args)).every(({ kind }) => !/^ValidatingAdmissionPolicy/.test(kind)));
    });

  it('workloadWarnings off: no validating webhook, no right to one, and a server that looks for none', async () => {
    const manifests = await render(...withoutWarnings);
    assert.doesNotMatch(JSON.stringify(manifests.filter(({ kind }) => !/AdmissionPolicy/.test(kind))), /validat/i);
    const [container] = only(manifests, 'Deployment').spec.template.spec.containers;
    const parsed = configOf(flagsOf(container));
    assert.equal(parsed.kind, 'valid');
    assert.equal(parsed.config.validatingWebhookConfiguration, undefined);
    assert.equal(only(manifests, 'ClusterRole').rules.length, 1);
  });

  it('networkPolicy: both ports are open to everyone, and no other', async () => {
    const manifests = await render(...set('networkPolicy.enabled=true'));
    const { policyTypes, ingress } = only(manifests, 'NetworkPolicy').spec;
    assert.deepEqual(policyTypes, ['Ingress']);
    const port = (name: string) => ({ port: name, protocol: 'TCP' });
    assert.deepEqual(ingress, [{ ports: [port('https'), port('health')] }]);
  });

  it('autoscaling: without a cluster to ask, the Deployment leaves the number of replicas to it', async () => {
    const manifests = await render(...set('autoscaling.enabled=true'));
    const deployment = only(manifests, 'Deployment');
    assert.equal(deployment.spec.replicas, undefined);
    assert.equal(only(manifests, 'HorizontalPodAutoscaler').spec.scaleTargetRef.name, deployment.metadata.name);
    assert.equal(only(await render(), 'Deployment').spec.replicas, 2);
  });

  it('serviceMonitor: it finds the Service and a port of it', async () => {
    const manifests = await render(...set('serviceMonitor.enabled=true', 'serviceMonitor.labels.release=prometheus'));
    const { metadata, spec } = only(manifests, 'ServiceMonitor');
    const service = only(manifests, 'Service');
    assert.ok(selects(spec.selector, service.metadata.labels));
    assert.ok(service.spec.ports.some(({ name }: Manifest) => name === spec.endpoints[0].port));
    assert.equal(metadata.labels.release, 'prometheus');
  });

  it('large user ids stay whole numbers', async () => {
    const pod = only(await render(...set('runAsUser=1000650000')), 'Deployment').spec.template.spec;
    assert.equal(pod.securityContext.runAsUser, 1000650000);
    const big = flagsOf(only(await render(...everything), 'Deployment').spec.template.spec.containers[0]);
    assert.equal(Object.fromEntries(big)['ambassador-run-as-user'], '1000650000');
  });

  it('release name: every object is named after it', async () => {
    const manifests = parseManifests(await helm('template', 'prod', chart, '-n', 'x', ...everything));
    const names = new Set(manifests.map(({ metadata }) => metadata.name));
    const policies = ['prod-downlink-secrets', 'prod-downlink-webhook-configurations'];
    assert.deepEqual(names, new Set(['prod-downlink', 'zz-downlink', ...policies]));
    const [container] = only(manifests, 'Deployment').spec.template.spec.containers;
    assert.equal(Object.fromEntries(flagsOf(container))['service-name'], 'prod-downlink');
  });
});
