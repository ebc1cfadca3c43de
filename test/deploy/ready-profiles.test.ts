import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';
import type { Container } from '../../src/kubernetes/pod.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { expandedVariables } from '../support/expand-references.ts';

const folder = new URL('../../deploy/profiles/', import.meta.url);
const labels = { 'tags.datadoghq.com/env': 'prod', 'tags.datadoghq.com/service': 'shop' };
const limits = { memory: '512Mi' };

/** The variables that a pod of the Deployment web gets; the fields of the pod are in angle brackets. */
const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  otel: {
    OTEL_SERVICE_NAME: 'web',
    OTEL_RESOURCE_ATTRIBUTES_POD_NAME: '<metadata.name>',
    OTEL_RESOURCE_ATTRIBUTES_POD_UID: '<metadata.uid>',
    OTEL_RESOURCE_ATTRIBUTES_NODE_NAME: '<spec.nodeName>',
    OTEL_RESOURCE_ATTRIBUTES:
      'k8s.namespace.name=shop,k8s.pod.name=<metadata.name>,k8s.pod.uid=<metadata.uid>,k8s.node.name=<spec.nodeName>,k8s.container.name=main,k8s.deployment.name=web,k8s.cluster.name=prod-eu,service.namespace=shop,service.version=1.2,service.instance.id=shop.<metadata.name>.main',
    OTEL_NODE_IP: '<status.hostIP>',
  },
  datadog: {
    DD_AGENT_HOST: '<status.hostIP>',
    DD_ENTITY_ID: '<metadata.uid>',
    DD_INTERNAL_POD_UID: '<metadata.uid>',
    DD_HELPER_CONTAINER_NAME: 'main',
    DD_EXTERNAL_ENV: 'it-false,cn-main,pu-<metadata.uid>',
    DD_ENV: "<metadata.labels['tags.datadoghq.com/env']>",
    DD_SERVICE: "<metadata.labels['tags.datadoghq.com/service']>", // no DD_VERSION: the pod lacks the label
  },
  newrelic: {
    NEW_RELIC_METADATA_KUBERNETES_CLUSTER_NAME: 'prod-eu',
    NEW_RELIC_METADATA_KUBERNETES_NODE_NAME: '<spec.nodeName>',
    NEW_RELIC_METADATA_KUBERNETES_NAMESPACE_NAME: '<metadata.namespace>',
    NEW_RELIC_METADATA_KUBERNETES_DEPLOYMENT_NAME: 'web',
    NEW_RELIC_METADATA_KUBERNETES_POD_NAME: '<metadata.name>',
    NEW_RELIC_METADATA_KUBERNETES_CONTAINER_NAME: 'main',
    NEW_RELIC_METADATA_KUBERNETES_CONTAINER_IMAGE_NAME: 'registry.example.com/web:1.2',
  },
  elastic: {
    KUBERNETES_NODE_NAME: '<spec.nodeName>',
    KUBERNETES_POD_NAME: '<metadata.name>',
    KUBERNETES_NAMESPACE: '<metadata.namespace>',
    KUBERNETES_POD_UID: '<metadata.uid>',
  },
  go: { GOMEMLIMIT: '483183820' },
  node: { NODE_HEAP_MEBIBYTES: '384', NODE_OPTIONS: '--max-old-space-size=384' },
};

describe('deploy/profiles', () => {
  test('has a file for each of the profiles', async () => {
    assert.deepEqual(
      (await readdir(folder)).sort(),
      Object.keys(expected)
        .map((name) => `${name}.yaml`)
        .sort(),
    );
  });

  for (const [name, variables] of Object.entries(expected)) {
    test(`${name}.yaml has only the profile, which says what it is for and where that is documented`, async () => {
      const text = await readFile(new URL(`${name}.yaml`, folder), 'utf8');
      const settings = await parseSettings(text);
      assert.deepEqual(settings, parse(text));
      const { profiles, ...others } = settings as {
        profiles: Readonly<Record<string, Readonly<Record<string, string>>>>;
      };
      assert.deepEqual([Object.keys(profiles), others], [[name], {}]);
      assert.ok(profiles[name]?.['description']);
      assert.match(text, /^# Source: [a-z.]+\.[a-z]+\//m);
      assert.match(text, /^# clusterName: prod-eu/m);
      assert.match(text, new RegExp(`-f deploy/profiles/${name}\\.yaml`));
    });

    test(`${name}.yaml gives a container the documented variables`, async () => {
      const { profiles } = parse(await readFile(new URL(`${name}.yaml`, folder), 'utf8'));
      const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9c', controller: true };
      const pod = {
        metadata: {
          generateName: 'web-5d9c-',
          labels: { ...labels, 'pod-template-hash': '5d9c' },
          annotations: { 'downlink.dev/env': profiles[name].env },
          ownerReferences: [owner],
        },
        spec: { containers: [{ name: 'main', image: 'registry.example.com/web:1.2', resources: { limits } }] },
      };
      const outcome = injectPod(pod, { namespace: 'shop' }, { ...defaultOptions, clusterName: 'prod-eu' });
      assert.ok(outcome.kind === 'injected', JSON.stringify(outcome.errors));
      assert.deepEqual(outcome.warnings.first, []);
      const [container] = outcome.pod.spec?.containers as readonly Container[];
      const env = container?.env ?? [];
      const paths = env.flatMap(({ valueFrom }) => valueFrom?.fieldRef?.fieldPath ?? []);
      const fields = Object.fromEntries(paths.map((path) => [path, `<${path}>`]));
      assert.deepEqual(Object.fromEntries(expandedVariables(env, fields)), variables);
    });
  }
});
