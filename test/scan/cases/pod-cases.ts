import { parseKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import {
  configuration,
  deployment,
  injected,
  mistakes,
  pod,
  registered,
  replicaSet,
  requests,
  type ScanCase,
  status,
  withFlags,
  withVersion,
  workload,
} from './scan-case.ts';

/** Findings about pods. */
export const podCases: readonly ScanCase[] = [
  { name: 'nothing for one that did not opt in', pods: [pod({})], found: [] },
  { name: 'nothing for one that was injected', pods: [pod(injected)], found: [] },
  { name: 'nothing for one that opted out', pods: [pod({ ...requests, 'downlink.dev/inject': 'false' })], found: [] },
  { name: 'nothing for a mirror pod', pods: [pod({ ...requests, 'kubernetes.io/config.mirror': 'x' })], found: [] },
  {
    name: 'nothing for one that lacks nothing that it requested',
    pods: [pod({ 'downlink.dev/ambassador': 'false' })],
    found: [],
  },
  { name: 'nothing for one that has terminated', pods: [pod(requests, { status: { phase: 'Succeeded' } })], found: [] },
  {
    name: 'nothing for one that is being deleted',
    pods: [pod(requests, { deletionTimestamp: registered })],
    found: [],
  },
  {
    name: 'one in an excluded namespace',
    pods: [pod(requests, { namespace: 'kube-system' })],
    found: ['not-injected Pod kube-system/one 1'],
    says: /excludes the namespace kube-system.*move it to another namespace/s,
  },
  {
    name: 'one in the namespace of the webhook',
    pods: [pod(requests, { namespace: 'downlink' })],
    found: ['not-injected Pod downlink/one 1'],
    says: /excludes the namespace downlink/,
  },
  {
    name: 'one in a namespace without the label that an older server requires',
    pods: [pod(requests)],
    configurations: [
      configuration({
        namespaceSelector: { matchLabels: { 'downlink.dev/enabled': 'true' } },
        failurePolicy: 'Fail',
      }),
    ],
    view: () => ({ kubernetesVersion: parseKubernetesVersion('1.24') }),
    found: ['not-injected Pod shop/one 1'],
    says: /lacks the label downlink.dev\/enabled=true.*kubectl label namespace shop downlink.dev\/enabled=true, then run kubectl -n shop delete pod\/one/s,
  },
  {
    name: 'one in kube-system of such a server, without the advice to label it',
    pods: [pod(requests, { namespace: 'kube-system' })],
    configurations: [configuration({ namespaceSelector: { matchLabels: { 'downlink.dev/enabled': 'true' } } })],
    view: () => ({ kubernetesVersion: parseKubernetesVersion('1.24') }),
    found: ['not-injected Pod kube-system/one 1'],
    says: /excludes the namespace kube-system/,
  },
  {
    name: 'names of namespaces if their labels may not be read',
    pods: [pod(requests), pod(requests, { namespace: 'kube-system' })],
    view: () => ({ namespaces: undefined }),
    found: ['not-injected Pod kube-system/one 1', 'not-injected Pod shop/one 1'],
    says: /excludes the namespace kube-system/,
  },
  {
    name: 'one whose labels the objectSelector does not match',
    pods: [pod(requests, { labels: { 'downlink.dev/component': 'webhook' } })],
    found: ['not-injected Pod shop/one 1'],
    says: /objectSelector does not match its labels/,
  },
  {
    name: 'one that was created before the configuration',
    pods: [pod(requests, { creationTimestamp: '2025-12-31T23:59:59Z' })],
    found: ['not-injected Pod shop/one 1'],
    says: /created before the webhook configuration/,
  },
  {
    name: 'one with mistakes that was let through',
    pods: [pod(mistakes)],
    view: (good) => withFlags(good, { onInvalid: 'warn' }),
    found: ['not-injected Pod shop/one 1'],
    says: /mistakes, and onInvalid is warn.*Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name".*correct/s,
  },
  {
    name: 'one with mistakes that would be denied',
    pods: [pod({ 'downlink.dev/evn': 'pod' })],
    found: ['not-injected Pod shop/one 1'],
    says: /so a new pod would be denied.*did you mean downlink.dev\/env/s,
  },
  {
    name: 'one that was annotated later',
    pods: [
      pod(requests, {
        managedFields: [
          {
            time: '2026-01-03T00:00:00Z',
            fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:downlink.dev/env': {} } } },
          },
        ],
      }),
    ],
    found: ['not-injected Pod shop/one 1'],
    says: /annotation was added after its creation/,
  },
  {
    name: 'one that may have been created while the webhook was down',
    pods: [pod(requests)],
    configurations: [configuration({ failurePolicy: 'Ignore' })],
    found: ['failure-policy MutatingWebhookConfiguration downlink', 'not-injected Pod shop/one 1'].toReversed(),
    says: /failurePolicy is Ignore, and the webhook may have been down/,
  },
  {
    name: 'one without a visible reason',
    pods: [pod(requests)],
    found: ['not-injected Pod shop/one 1'],
    says: /nothing in the cluster shows why/,
  },
  {
    name: 'one without its injection, if configurations may not be read',
    pods: [pod(requests)],
    view: () => ({ webhooks: undefined, installations: [] }),
    found: ['not-injected Pod shop/one 1'],
    says: /nothing in the cluster shows why/,
  },
  {
    name: 'an older injection',
    pods: [pod({ ...injected, ...status('0.0.9') })],
    found: ['older-injection Pod shop/one 1'],
    says: /injected by Downlink 0.0.9, and this is \d+\.\d+\.\d+.*run kubectl -n shop delete/s,
  },
  {
    name: 'an older injection in a cluster with an older Downlink',
    pods: [pod({ ...injected, ...status('0.0.9') })],
    view: (good) => withVersion(good, '0.0.9'),
    found: ['older-injection Pod shop/one 1'],
    says: /upgrade Downlink in the cluster from 0.0.9 to \d+\.\d+\.\d+, then run/,
  },
  { name: 'nothing for a newer injection', pods: [pod({ ...injected, ...status('99.0.0') })], found: [] },
  {
    name: 'an injected pod that would be denied now',
    pods: [pod({ ...injected, 'downlink.dev/containers': 'gone' })],
    found: ['would-be-denied Pod shop/one 1'],
    says: /would be denied if it were recreated.*no container of that name.*correct the annotations in its manifest/s,
  },
  {
    name: 'pods of one Deployment with the same finding once',
    pods: [1, 2, 3].map((number) => pod(requests, { name: `web-1-${number}`, ownerReferences: [replicaSet] })),
    view: () => ({ controllers: new Map([['ReplicaSet shop/web-1', deployment('web')]]) }),
    found: ['not-injected Deployment shop/web 3'],
    says: /run kubectl -n shop rollout restart deployment\/web$/,
  },
  {
    name: 'pods of one Deployment with different findings separately',
    pods: [requests, injected, { ...injected, ...status('0.0.1') }].map((annotations) =>
      pod(annotations, { ownerReferences: [replicaSet] }),
    ),
    found: ['not-injected ReplicaSet shop/web-1 1', 'older-injection ReplicaSet shop/web-1 1'],
  },
  {
    name: 'an owner of an unknown kind',
    pods: [pod(requests, { ownerReferences: [{ kind: 'Rollout', name: 'web', controller: true }] })],
    found: ['not-injected Rollout shop/web 1'],
    says: /make the Rollout recreate its pods/,
  },
];

/** Findings about annotations with a misspelled prefix on pods. */
export const misspelledPrefixCases: readonly ScanCase[] = [
  {
    name: 'a pod that requests for nothing else',
    pods: [pod({ 'downlink.io/env': 'pod' })],
    found: ['misspelled-prefix Pod shop/one 1'],
    says: /annotations\[downlink.io\/env\]: Downlink does not read it; did you mean downlink.dev\/env\?\ncorrect the keys in its manifest, then run kubectl -n shop delete pod\/one/,
  },
  {
    name: 'one with other annotations that are right',
    pods: [
      pod({ ...injected, 'downlink.dev': 'volume' }),
      pod({ ...requests, 'dowlink.dev/volume': 'x' }, { name: 'two' }),
    ],
    found: ['not-injected Pod shop/two 1', 'misspelled-prefix Pod shop/one 1', 'misspelled-prefix Pod shop/two 1'],
  },
  {
    name: 'pods of one Deployment once',
    pods: [1, 2].map((number) =>
      pod({ 'downlink.io/env': 'pod' }, { name: `web-1-${number}`, ownerReferences: [replicaSet] }),
    ),
    view: () => ({ controllers: new Map([['ReplicaSet shop/web-1', deployment('web')]]) }),
    found: ['misspelled-prefix Deployment shop/web 2'],
  },
  {
    name: 'the template only, if its pods have the same annotations',
    workloads: [workload('Deployment', { 'downlink.io/env': 'pod' })],
    pods: [pod({ 'downlink.io/env': 'pod' }, { ownerReferences: [replicaSet] })],
    view: () => ({ controllers: new Map([['ReplicaSet shop/web-1', deployment('web')]]) }),
    found: ['misspelled-prefix Deployment shop/web'],
  },
  {
    name: 'nothing for one that opted out',
    pods: [pod({ 'downlink.io/env': 'pod', 'downlink.dev/inject': 'false' })],
    found: [],
  },
];
