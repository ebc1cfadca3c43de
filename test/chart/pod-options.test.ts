import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { version } from '../../src/version.ts';
import { flagsOf, type Manifest, only, selects } from '../support/manifests.ts';
import { hostNetwork, render, set, skip } from './render-chart.ts';

const templateOf = (manifests: readonly Manifest[]) => only(manifests, 'Deployment').spec.template;

describe('hostNetwork', { skip }, () => {
  test('runs the pods in the network of their node, where the host ports are those of the server', async () => {
    const { spec } = templateOf(await render(...hostNetwork));
    assert.deepEqual([spec.hostNetwork, spec.dnsPolicy], [true, 'ClusterFirstWithHostNet']);
    assert.deepEqual(
      spec.containers[0].ports.map(({ name, containerPort, hostPort }: Manifest) => [name, containerPort, hostPort]),
      [
        ['https', 8443, 8443],
        ['health', 8080, 8080],
      ],
    );
    const { spec: usual } = templateOf(await render());
    assert.deepEqual([usual.hostNetwork, usual.dnsPolicy], [undefined, undefined]);
    assert.ok(usual.containers[0].ports.every(({ hostPort }: Manifest) => hostPort === undefined));
  });
});

describe('global.imageRegistry', { skip }, () => {
  for (const [registry, repository, ambassador, expected] of [
    ['a.example', 'downlink', 'registry.k8s.io/kubectl:v1', [`a.example/downlink:${version}`, 'a.example/kubectl:v1']],
    ['a.example/m', 'b.example:5000/t/x', 'k/kubectl:v1', [`a.example/m/t/x:${version}`, 'a.example/m/k/kubectl:v1']],
    ['localhost:5000', 'localhost/x', 'r:1/k', [`localhost:5000/x:${version}`, 'localhost:5000/k']],
    ['', 'b.example/x', 'b.example/k:1', [`b.example/x:${version}`, 'b.example/k:1']],
  ] as const)
    test(`"${registry}" is the registry of ${repository} and ${ambassador}`, async () => {
      const values = [`image.repository=${repository}`, `ambassador.image=${ambassador}`];
      const manifests = await render(...set(`global.imageRegistry=${registry}`, ...values));
      const [container] = templateOf(manifests).spec.containers;
      assert.deepEqual([container.image, Object.fromEntries(flagsOf(container))['ambassador-image']], expected);
    });

  test('precedes a digest', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const values = [`ambassador.image=b.example/k@${digest}`, `image.digest=${digest}`];
    const [container] = templateOf(await render(...set('global.imageRegistry=a.example', ...values))).spec.containers;
    assert.equal(container.image, `a.example/downlink:${version}@${digest}`);
    assert.equal(Object.fromEntries(flagsOf(container))['ambassador-image'], `a.example/k@${digest}`);
  });
});

describe('the options of the pods', { skip }, () => {
  test('deploymentAnnotations are those of the Deployment, not of its pods', async () => {
    const deployment = only(await render(...set('deploymentAnnotations.note=x')), 'Deployment');
    assert.deepEqual(deployment.metadata.annotations, { note: 'x' });
    assert.equal(deployment.spec.template.metadata.annotations, undefined);
  });

  test('extraEnv follows the variables of the chart', async () => {
    const secret = 'extraEnv[1].valueFrom.secretKeyRef';
    const values = ['extraEnv[0].name=TZ', 'extraEnv[0].value=UTC', 'extraEnv[1].name=B', `${secret}.name=s`];
    const { env } = templateOf(await render(...set(...values, `${secret}.key=k`, 'nodeOptions=--x'))).spec
      .containers[0];
    assert.deepEqual(env.slice(1), [
      { name: 'NODE_OPTIONS', value: '--x' },
      { name: 'TZ', value: 'UTC' },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    ]);
  });

  test('topologySpreadConstraints replace that of the chart, and select the pods unless they say otherwise', async () => {
    const constraint = (index: number, topologyKey: string) => {
      const path = `topologySpreadConstraints[${index}]`;
      const whenUnsatisfiable = `${path}.whenUnsatisfiable=DoNotSchedule`;
      return set(`${path}.maxSkew=2`, `${path}.topologyKey=${topologyKey}`, whenUnsatisfiable);
    };
    const own = set('topologySpreadConstraints[1].labelSelector.matchLabels.a=b');
    const { spec, metadata } = templateOf(await render(...constraint(0, 'zone'), ...constraint(1, 'rack'), ...own));
    const [zone, rack, ...rest] = spec.topologySpreadConstraints;
    const { labelSelector, ...fields } = zone;
    assert.deepEqual(fields, { maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' });
    assert.ok(selects(labelSelector, metadata.labels) && !selects(labelSelector, {}));
    assert.deepEqual(rack.labelSelector, { matchLabels: { a: 'b' } });
    assert.deepEqual(rest, []);
  });
});
