import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Config, parseConfig } from '../../src/config/config.ts';
import { parseKubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';
import { podFacts } from '../../src/scan/pod-facts.ts';
import { registeredWebhooks } from '../../src/scan/registered-webhook.ts';
import { type ClusterView, scan } from '../../src/scan/scan-cluster.ts';
import {
  type FindingCode,
  findingCodes,
  formatObject,
  type ScanFinding,
  type ScanReport,
} from '../../src/scan/scan-finding.ts';
import { workloadFacts } from '../../src/scan/workload-facts.ts';
import { version } from '../../src/version.ts';
import { issue } from './certificates.ts';

const now = new Date('2026-06-01T12:00:00Z');
const day = 24 * 60 * 60 * 1000; // milliseconds
const registered = '2026-01-01T00:00:00Z'; // the configuration's; pods are created a day later
const config = configWith({});
const options = { ...config, kubernetesVersion: parseKubernetesVersion('1.33') };

const asks = { 'downlink.dev/env': 'pod' };
const mistakes = { 'downlink.dev/env': 'POD=metadata.nam' };
const status = (by: string) => ({
  'downlink.dev/status': JSON.stringify({ version: by, env: { main: ['POD_NAME'] } }),
});
const injected = { 'downlink.dev/env': 'metadata.name', ...status(version) };
const podName = { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
const deployment = (name: string) => ({ kind: 'Deployment', namespace: 'shop', name });
const replicaSet = { kind: 'ReplicaSet', name: 'web-1', controller: true };

interface Case {
  readonly name: string;
  readonly pods?: readonly object[];
  readonly workloads?: readonly object[];
  /** In place of the one of install.yaml's kind. */
  readonly configurations?: readonly object[];
  readonly view?: (good: ClusterView) => Partial<ClusterView>;
  /** `code object pods` of each finding. */
  readonly found: readonly string[];
  /** What the first finding says: problem, causes and advice. */
  readonly says?: RegExp;
  readonly expiringWithin?: number;
}

const issued = await issue(now, 30 * day);
const installed: ClusterView['installations'][number] = {
  service: { namespace: 'downlink', name: 'downlink', port: 443 },
  serviceFacts: { ports: [443, 8080], readyEndpoints: 2 },
  running: { deployment: 'downlink', version, config, certificateSecret: 'downlink-certificates' },
  secret: { name: 'downlink-certificates', certificate: issued.serving },
};
const selfSigned = { certificateMode: 'self-signed', namespace: 'downlink' };
const ofFiles = { tlsCertFile: 'tls.crt', tlsPrivateKeyFile: 'tls.key' };
const seen = new Set<FindingCode>();
after(() => assert.deepEqual([...seen].sort(), [...findingCodes].sort(), 'each finding has a case'));

const cases: Readonly<Record<string, readonly Case[]>> = {
  pods: [
    { name: 'one that did not opt in is nothing', pods: [pod({})], found: [] },
    { name: 'one that was injected is nothing', pods: [pod(injected)], found: [] },
    { name: 'one that opted out is nothing', pods: [pod({ ...asks, 'downlink.dev/inject': 'false' })], found: [] },
    { name: 'a mirror pod is nothing', pods: [pod({ ...asks, 'kubernetes.io/config.mirror': 'x' })], found: [] },
    {
      name: 'one that asked for nothing that it lacks is nothing',
      pods: [pod({ 'downlink.dev/ambassador': 'false' })],
      found: [],
    },
    { name: 'one that has ended is nothing', pods: [pod(asks, { status: { phase: 'Succeeded' } })], found: [] },
    { name: 'one that is being deleted is nothing', pods: [pod(asks, { deletionTimestamp: registered })], found: [] },
    {
      name: 'one in a namespace that is left alone',
      pods: [pod(asks, { namespace: 'kube-system' })],
      found: ['not-injected Pod kube-system/one 1'],
      says: /leaves the namespace kube-system alone.*move it to another namespace/s,
    },
    {
      name: 'one in the namespace of the webhook',
      pods: [pod(asks, { namespace: 'downlink' })],
      found: ['not-injected Pod downlink/one 1'],
      says: /leaves the namespace downlink alone/,
    },
    {
      name: 'one in a namespace without the label by which an older server selects',
      pods: [pod(asks)],
      configurations: [
        configuration({
          namespaceSelector: { matchLabels: { 'downlink.dev/enabled': 'true' } },
          failurePolicy: 'Fail',
        }),
      ],
      view: () => ({ kubernetesVersion: parseKubernetesVersion('1.24') }),
      found: ['not-injected Pod shop/one 1'],
      says: /no label downlink.dev\/enabled=true.*kubectl label namespace shop downlink.dev\/enabled=true, then run kubectl -n shop delete pod\/one/s,
    },
    {
      name: 'one in kube-system of such a server is not told to have it labelled',
      pods: [pod(asks, { namespace: 'kube-system' })],
      configurations: [configuration({ namespaceSelector: { matchLabels: { 'downlink.dev/enabled': 'true' } } })],
      view: () => ({ kubernetesVersion: parseKubernetesVersion('1.24') }),
      found: ['not-injected Pod kube-system/one 1'],
      says: /leaves the namespace kube-system alone/,
    },
    {
      name: 'labels of namespaces that may not be read are not guessed, names are',
      pods: [pod(asks), pod(asks, { namespace: 'kube-system' })],
      view: () => ({ namespaces: undefined }),
      found: ['not-injected Pod kube-system/one 1', 'not-injected Pod shop/one 1'],
      says: /leaves the namespace kube-system alone/,
    },
    {
      name: 'one whose labels the objectSelector does not take',
      pods: [pod(asks, { labels: { 'downlink.dev/component': 'webhook' } })],
      found: ['not-injected Pod shop/one 1'],
      says: /objectSelector does not take its labels/,
    },
    {
      name: 'one that was created before the configuration',
      pods: [pod(asks, { creationTimestamp: '2025-12-31T23:59:59Z' })],
      found: ['not-injected Pod shop/one 1'],
      says: /created before the webhook configuration/,
    },
    {
      name: 'one whose mistakes were let through',
      pods: [pod(mistakes)],
      view: (good) => withFlags(good, { onInvalid: 'warn' }),
      found: ['not-injected Pod shop/one 1'],
      says: /mistakes, and onInvalid is warn.*Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name".*correct/s,
    },
    {
      name: 'one with mistakes, where they are denied',
      pods: [pod({ 'downlink.dev/evn': 'pod' })],
      found: ['not-injected Pod shop/one 1'],
      says: /for which a new pod is denied.*did you mean downlink.dev\/env/s,
    },
    {
      name: 'one that was annotated later',
      pods: [
        pod(asks, {
          managedFields: [
            {
              time: '2026-01-03T00:00:00Z',
              fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:downlink.dev/env': {} } } },
            },
          ],
        }),
      ],
      found: ['not-injected Pod shop/one 1'],
      says: /annotation was written after it was created/,
    },
    {
      name: 'one that was created while a webhook that may fail was down',
      pods: [pod(asks)],
      configurations: [configuration({ failurePolicy: 'Ignore' })],
      found: ['failure-policy MutatingWebhookConfiguration downlink', 'not-injected Pod shop/one 1'].toReversed(),
      says: /failurePolicy is Ignore, and the webhook may have been down/,
    },
    {
      name: 'one without a reason that can be seen',
      pods: [pod(asks)],
      found: ['not-injected Pod shop/one 1'],
      says: /why cannot be seen any more/,
    },
    {
      name: 'one without its injection, where configurations may not be looked at',
      pods: [pod(asks)],
      view: () => ({ webhooks: undefined, installations: [] }),
      found: ['not-injected Pod shop/one 1'],
      says: /why cannot be seen any more/,
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
    { name: 'a newer injection is nothing', pods: [pod({ ...injected, ...status('99.0.0') })], found: [] },
    {
      name: 'an injected pod that would be denied now',
      pods: [pod({ ...injected, 'downlink.dev/containers': 'gone' })],
      found: ['would-be-denied Pod shop/one 1'],
      says: /will be denied when it is created anew.*no container of that name.*correct the annotations in its manifest/s,
    },
    {
      name: 'pods of one Deployment with the same to say are one',
      pods: [1, 2, 3].map((number) => pod(asks, { name: `web-1-${number}`, ownerReferences: [replicaSet] })),
      view: () => ({ controllers: new Map([['ReplicaSet shop/web-1', deployment('web')]]) }),
      found: ['not-injected Deployment shop/web 3'],
      says: /run kubectl -n shop rollout restart deployment\/web$/,
    },
    {
      name: 'pods of one Deployment with different things to say are not',
      pods: [asks, injected, { ...injected, ...status('0.0.1') }].map((annotations) =>
        pod(annotations, { ownerReferences: [replicaSet] }),
      ),
      found: ['not-injected ReplicaSet shop/web-1 1', 'older-injection ReplicaSet shop/web-1 1'],
    },
    {
      name: 'an owner of a kind that nobody knows',
      pods: [pod(asks, { ownerReferences: [{ kind: 'Rollout', name: 'web', controller: true }] })],
      found: ['not-injected Rollout shop/web 1'],
      says: /make the Rollout create its pods anew/,
    },
  ],
  'annotations of pods with a prefix that is nearly ours': [
    {
      name: 'a pod that asks for nothing else',
      pods: [pod({ 'downlink.io/env': 'pod' })],
      found: ['near-prefix Pod shop/one 1'],
      says: /annotations\[downlink.io\/env\]: Downlink does not read it; did you mean downlink.dev\/env\?\ncorrect the keys in its manifest, then run kubectl -n shop delete pod\/one/,
    },
    {
      name: 'beside others that are right',
      pods: [
        pod({ ...injected, 'downlink.dev': 'volume' }),
        pod({ ...asks, 'dowlink.dev/volume': 'x' }, { name: 'two' }),
      ],
      found: ['not-injected Pod shop/two 1', 'near-prefix Pod shop/one 1', 'near-prefix Pod shop/two 1'],
    },
    {
      name: 'pods of one Deployment are one',
      pods: [1, 2].map((number) =>
        pod({ 'downlink.io/env': 'pod' }, { name: `web-1-${number}`, ownerReferences: [replicaSet] }),
      ),
      view: () => ({ controllers: new Map([['ReplicaSet shop/web-1', deployment('web')]]) }),
      found: ['near-prefix Deployment shop/web 2'],
    },
    {
      name: 'what is said of the template is not said of its pods again',
      workloads: [workload('Deployment', { 'downlink.io/env': 'pod' })],
      pods: [pod({ 'downlink.io/env': 'pod' }, { ownerReferences: [replicaSet] })],
      view: () => ({ controllers: new Map([['ReplicaSet shop/web-1', deployment('web')]]) }),
      found: ['near-prefix Deployment shop/web'],
    },
    {
      name: 'one that opted out is nothing',
      pods: [pod({ 'downlink.io/env': 'pod', 'downlink.dev/inject': 'false' })],
      found: [],
    },
  ],
  workloads: [
    { name: 'a good template is nothing', workloads: [workload('Deployment', asks)], found: [] },
    ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job', 'CronJob'].map(
      (kind): Case => ({
        name: `a ${kind} whose template would be denied`,
        workloads: [workload(kind, mistakes)],
        found: [`template-denied ${kind} shop/web`],
        says: /its pods will be denied.*spec\.(jobTemplate\.spec\.)?template\.metadata.annotations.*did you mean.*kubectl -n shop edit/s,
      }),
    ),
    {
      name: 'with onInvalid warn they are let in untouched',
      workloads: [workload('Deployment', mistakes)],
      view: (good) => withFlags(good, { onInvalid: 'warn' }),
      found: ['template-denied Deployment shop/web'],
      says: /let in untouched/,
    },
    {
      name: 'an annotation on the workload itself',
      workloads: [workload('Deployment', {}, asks)],
      found: ['misplaced Deployment shop/web'],
      says: /it does nothing here; move it to spec.template.metadata.annotations/,
    },
    {
      name: 'annotations with a prefix that is nearly ours, on the workload and on its template',
      workloads: [workload('CronJob', { 'downlink.io/env': 'pod' }, { 'dowlink.dev/volume': 'labels' })],
      found: ['near-prefix CronJob shop/web'],
      says: /^annotations have a prefix that Downlink does not read\nmetadata.annotations\[dowlink.dev\/volume\]: .*did you mean downlink.dev\/volume\?\nspec.jobTemplate.spec.template.metadata.annotations\[downlink.io\/env\]: .*\ncorrect the keys: kubectl -n shop edit cronjob\/web$/,
    },
    {
      name: 'a ReplicaSet of a Deployment is nothing',
      workloads: [workload('ReplicaSet', mistakes, {}, [{ kind: 'Deployment', name: 'web', controller: true }])],
      found: [],
    },
    {
      name: 'a template in a namespace that is left alone is nothing',
      workloads: [workload('Deployment', mistakes, {}, [], 'kube-system')],
      found: [],
    },
    {
      name: 'what is said of a template is not said of its pods again',
      workloads: [workload('Deployment', mistakes)],
      pods: [
        pod({ ...mistakes, ...status(version) }, { ownerReferences: [replicaSet] }),
        pod(mistakes, { name: 'two', ownerReferences: [replicaSet] }),
      ],
      view: () => ({ controllers: new Map([['ReplicaSet shop/web-1', deployment('web')]]) }),
      found: ['template-denied Deployment shop/web', 'not-injected Deployment shop/web 1'],
    },
  ],
  configuration: [
    {
      name: 'none with our webhook',
      pods: [pod(asks)],
      configurations: [
        {
          kind: 'MutatingWebhookConfiguration',
          metadata: { name: 'mesh' },
          webhooks: [{ name: 'sidecar.example.com' }],
        },
      ],
      found: ['webhook-missing MutatingWebhookConfiguration downlink', 'not-injected Pod shop/one 1'],
      says: /no configuration has a webhook pods.downlink.dev/,
    },
    { name: 'one of any name', configurations: [configuration({}, 'zz-downlink')], found: [] },
    {
      name: 'a second one',
      configurations: [configuration({}), configuration({}, 'old')],
      found: ['webhook-twice MutatingWebhookConfiguration old'],
      says: /kubectl delete mutatingwebhookconfiguration old/,
    },
    {
      name: 'two that work: the one whose caBundle the server keeps is the right one',
      configurations: [configuration({}, 'a-copy'), configuration({})],
      view: (good) => withFlags(good, selfSigned),
      found: ['webhook-twice MutatingWebhookConfiguration a-copy'],
      says: /beside MutatingWebhookConfiguration downlink\n.*kubectl delete mutatingwebhookconfiguration a-copy/,
    },
    {
      name: 'two, of which the first by the alphabet cannot work',
      configurations: [configuration({ caBundle: '' }, 'a-left-over'), configuration({})],
      found: [
        'ca-bundle-empty MutatingWebhookConfiguration a-left-over',
        'webhook-twice MutatingWebhookConfiguration a-left-over',
      ].toReversed(),
      says: /beside MutatingWebhookConfiguration downlink; this one cannot work, and the API server refuses pods because of it\nremove .* a-left-over$/,
    },
    {
      name: 'two, of which the last by the alphabet cannot work',
      configurations: [configuration({}), configuration({ caBundle: '' }, 'z-left-over')],
      found: [
        'webhook-twice MutatingWebhookConfiguration z-left-over',
        'ca-bundle-empty MutatingWebhookConfiguration z-left-over',
      ],
      says: /beside MutatingWebhookConfiguration downlink; this one cannot work/,
    },
    {
      name: 'two, of which one has a Service that is gone',
      configurations: [calling(configuration({}, 'a-left-over'), 'gone'), configuration({})],
      view: ({ installations }) => ({
        installations: [
          ...installations,
          {
            service: { namespace: 'gone', name: 'downlink', port: 443 },
            serviceFacts: { ports: 'missing', readyEndpoints: undefined },
            running: undefined,
            secret: undefined,
          },
        ],
      }),
      found: ['webhook-twice MutatingWebhookConfiguration a-left-over', 'service-missing Service gone/downlink'],
    },
    {
      name: 'two that cannot work, of which the first by the alphabet has a Service that is gone',
      configurations: [calling(configuration({}, 'a-left-over'), 'gone'), configuration({ caBundle: '' })],
      view: ({ installations }) => ({
        installations: [
          ...installations,
          {
            service: { namespace: 'gone', name: 'downlink', port: 443 },
            serviceFacts: { ports: 'missing', readyEndpoints: undefined },
            running: undefined,
            secret: undefined,
          },
        ],
      }),
      found: [
        'webhook-twice MutatingWebhookConfiguration a-left-over',
        'ca-bundle-empty MutatingWebhookConfiguration downlink',
        'service-missing Service gone/downlink',
      ],
    },
    {
      name: 'two that cannot work',
      configurations: [
        configuration({ caBundle: '' }),
        configuration({ caBundle: '', failurePolicy: 'Ignore' }, 'old'),
      ],
      found: [
        'ca-bundle-empty MutatingWebhookConfiguration downlink',
        'ca-bundle-empty MutatingWebhookConfiguration old',
        'failure-policy MutatingWebhookConfiguration old',
        'webhook-twice MutatingWebhookConfiguration old',
      ],
    },
    {
      name: 'two of which one takes the namespace: what its pods lack is not for the other one',
      pods: [pod(asks)],
      configurations: [
        configuration({ namespaceSelector: { matchLabels: { team: 'x' } } }),
        configuration({ failurePolicy: 'Fail' }, 'other'),
      ],
      found: ['not-injected Pod shop/one 1', 'webhook-twice MutatingWebhookConfiguration other'],
      says: /why cannot be seen any more/,
    },
    {
      name: 'the caBundle of one that the server does not keep',
      configurations: [configuration({ caBundle: '' }, 'zz-downlink')],
      view: (good) => withFlags(good, selfSigned),
      found: ['ca-bundle-empty MutatingWebhookConfiguration zz-downlink'],
      says: /kubectl delete mutatingwebhookconfiguration zz-downlink.*webhook.configurationName/,
    },
    {
      name: 'a validating one that refuses workloads while it is down',
      configurations: [configuration({}), validating('Fail')],
      found: ['failure-policy ValidatingWebhookConfiguration downlink'],
      says: /workloads are refused while the webhook is down/,
    },
    { name: 'a validating one that does not', configurations: [configuration({}), validating('Ignore')], found: [] },
    {
      name: 'one for 1.30 on an older server',
      configurations: [configuration({ matchConditions: undefined })],
      view: () => ({ kubernetesVersion: parseKubernetesVersion('1.24') }),
      found: ['made-for-other-version MutatingWebhookConfiguration downlink'],
      says: /Kubernetes 1.24 knows no matchConditions.*helm upgrade/s,
    },
    {
      name: 'one for an older server on 1.33',
      configurations: [configuration({ matchConditions: undefined })],
      found: ['made-for-other-version MutatingWebhookConfiguration downlink'],
      says: /without matchConditions, which Kubernetes 1.33 knows/,
    },
    {
      name: 'no caBundle',
      configurations: [configuration({ caBundle: '' })],
      found: ['ca-bundle-empty MutatingWebhookConfiguration downlink'],
      says: /caBundle of pods.downlink.dev is empty.*kubectl -n downlink logs deployment\/downlink/s,
    },
    {
      name: 'garbage in caBundle',
      configurations: [configuration({ caBundle: Buffer.from('garbage').toString('base64') })],
      found: ['ca-bundle-unreadable MutatingWebhookConfiguration downlink'],
    },
    {
      name: 'a CA that has expired',
      configurations: [configuration({ caBundle: bundle(issued.expired) })],
      found: ['ca-expired MutatingWebhookConfiguration downlink'],
      says: /the CA in caBundle of pods.downlink.dev has expired, on 2026-05-/,
    },
    {
      name: 'a CA that soon ends',
      configurations: [configuration({ caBundle: bundle(issued.expired, issued.authority) })],
      expiringWithin: 31,
      found: [
        'ca-expiring MutatingWebhookConfiguration downlink',
        'certificate-expiring Secret downlink/downlink-certificates',
      ],
      says: /the last CA in caBundle of pods.downlink.dev expires in 30 days, on 2026-07-01/,
    },
    {
      name: 'an old CA beside a new one is a renewal',
      configurations: [configuration({ caBundle: bundle(issued.authority, issued.expired) })],
      found: [],
    },
  ],
  installation: [
    {
      name: 'no Service',
      view: (good) => withService(good, { ports: 'missing', readyEndpoints: undefined }),
      found: ['service-missing Service downlink/downlink'],
      says: /it does not exist/,
    },
    {
      name: 'a Service without the port',
      view: (good) => withService(good, { ports: [8443], readyEndpoints: 2 }),
      found: ['service-missing Service downlink/downlink'],
      says: /it has no port 443/,
    },
    {
      name: 'nobody ready behind it',
      view: (good) => withService(good, { ports: [443], readyEndpoints: 0 }),
      found: ['service-not-ready Service downlink/downlink'],
      says: /kubectl -n downlink get pods/,
    },
    {
      name: 'a Service that may not be looked at is nothing',
      view: (good) => withService(good, { ports: undefined, readyEndpoints: undefined }),
      found: [],
    },
    { name: 'a Secret that may not be read is nothing', view: (good) => withCertificate(good, undefined), found: [] },
    {
      name: 'no Secret',
      view: (good) => withCertificate(good, 'missing'),
      found: ['certificate-missing Secret downlink/downlink-certificates'],
    },
    {
      name: 'garbage in the Secret',
      view: (good) => withCertificate(good, 'garbage'),
      found: ['certificate-unreadable Secret downlink/downlink-certificates'],
    },
    {
      name: 'a certificate that has expired',
      view: (good) => withCertificate(good, issued.expiredServing),
      found: ['certificate-expired Secret downlink/downlink-certificates'],
      says: /its certificate expired at 2026-05-.*its log says what is in the way/s,
    },
    {
      name: 'one of another CA',
      view: (good) => withCertificate(good, issued.strangers),
      found: ['certificate-untrusted Secret downlink/downlink-certificates'],
      says: /of no valid CA in caBundle of pods.downlink.dev in MutatingWebhookConfiguration downlink\n.*log says what is in the way/,
    },
    {
      name: 'one of another CA, from files',
      view: (good) => withCertificate({ ...good, ...withFlags(good, ofFiles) }, issued.strangers),
      found: ['certificate-untrusted Secret downlink/downlink-certificates'],
      says: /set the chart's value certificates.caBundle to the CA of the certificate/,
    },
    {
      name: 'one of another CA, by cert-manager',
      configurations: [withAnnotations(configuration({}), { 'cert-manager.io/inject-ca-from': 'downlink/downlink' })],
      view: (good) => withCertificate({ ...good, ...withFlags(good, ofFiles) }, issued.strangers),
      found: ['certificate-untrusted Secret downlink/downlink-certificates'],
      says: /cert-manager.io\/inject-ca-from must name the Certificate .*cainjector/,
    },
    {
      name: 'one of another CA, where the server keeps another configuration',
      configurations: [configuration({}, 'zz-downlink')],
      view: (good) => withCertificate({ ...good, ...withFlags(good, selfSigned) }, issued.strangers),
      found: ['certificate-untrusted Secret downlink/downlink-certificates'],
      says: /maintains caBundle of MutatingWebhookConfiguration downlink and not of this one: .*webhook.configurationName/,
    },
    {
      name: 'one that only the configuration for workloads does not trust',
      configurations: [configuration({}), validating('Ignore', bundle(issued.strangersAuthority))],
      found: ['certificate-untrusted Secret downlink/downlink-certificates'],
      says: /of workloads.downlink.dev in ValidatingWebhookConfiguration downlink/,
    },
    {
      name: 'one for another name',
      view: (good) => withCertificate(good, issued.otherName),
      found: ['certificate-names Secret downlink/downlink-certificates'],
      says: /its certificate is for "localhost", and the API server calls downlink.downlink.svc/,
    },
    {
      name: 'one that is not valid yet',
      view: (good) => withCertificate(good, issued.comingServing),
      found: ['certificate-not-valid-yet Secret downlink/downlink-certificates'],
      says: /its certificate is not valid before 2026-06-/,
    },
    {
      name: 'one for clients alone',
      view: (good) => withCertificate({ ...good, ...withFlags(good, ofFiles) }, issued.forClients),
      found: ['certificate-refused Secret downlink/downlink-certificates'],
      says: /without serverAuth, so the API server refuses it.*serverAuth, and have whatever keeps the Secret put it there/s,
    },
    {
      name: 'one that no API server accepts any more',
      view: (good) => withCertificate(good, issued.old),
      found: [
        'certificate-names Secret downlink/downlink-certificates',
        'certificate-refused Secret downlink/downlink-certificates',
      ],
      says: /no subject alternative name/,
    },
    {
      name: 'one of an issuer that is served along is good',
      view: (good) => withCertificate(good, issued.chain),
      found: [],
    },
  ],
};

for (const [what, table] of Object.entries(cases)) {
  describe(what, () => {
    for (const one of table) {
      test(one.name, () => {
        const { findings } = reportOf(one);
        for (const { code } of findings) seen.add(code);
        assert.deepEqual(findings.map(short), one.found);
        const [first] = findings;
        if (one.says) assert.match(first ? [first.problem, ...first.causes, first.advice].join('\n') : '', one.says);
      });
    }
  });
}

test('of very many mistakes of one object the first twenty are told, and how many more there are', () => {
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

test('hostile objects are no obstacle', () => {
  const odd = [
    null,
    1,
    'x',
    [],
    {},
    { metadata: null },
    { metadata: { annotations: asks } },
    { metadata: { annotations: asks, ownerReferences: [null, {}] }, spec: null },
  ];
  for (const one of odd) {
    podFacts(one, options);
    workloadFacts(one, options);
    registeredWebhooks(one);
    registeredWebhooks({ webhooks: [one] });
  }
});

function reportOf({
  pods = [],
  workloads = [],
  configurations = [configuration({})],
  view,
  expiringWithin = 7,
}: Case): ScanReport {
  const good = goodView(configurations);
  const facts = {
    pods: pods.flatMap((one) => podFacts(one, options) ?? []),
    workloads: workloads.flatMap((one) => workloadFacts(one, options) ?? []),
  };
  return scan({ ...good, ...facts, ...view?.(good) }, now, expiringWithin);
}

function goodView(configurations: readonly object[]): ClusterView {
  return {
    server: 'https://127.0.0.1:6443',
    kubernetesVersion: options.kubernetesVersion,
    webhooks: configurations.flatMap(registeredWebhooks),
    installations: [installed],
    namespaces: new Map(
      ['shop', 'kube-system', 'downlink'].map((name) => [name, { 'kubernetes.io/metadata.name': name }]),
    ),
    controllers: new Map(),
    pods: [],
    workloads: [],
    lookedAt: { pods: 0, namespaces: 0, optedIn: 0, workloads: 0 },
    notes: [],
  };
}

function configWith(flags: Readonly<Record<string, string>>): Config {
  const parsed = parseConfig({ flags, environment: {}, file: undefined });
  assert.ok(!('errors' in parsed));
  return parsed;
}

function pod(annotations: object, { status, ...metadata }: Readonly<Record<string, unknown>> = {}): object {
  const own = { name: 'one', namespace: 'shop', creationTimestamp: '2026-01-02T00:00:00Z', annotations, ...metadata };
  const env = 'downlink.dev/status' in annotations ? [podName] : [];
  return { metadata: own, spec: { containers: [{ name: 'main', image: 'busybox:1.37', env }] }, status };
}

function workload(kind: string, ofPods: object, own: object = {}, owners: readonly object[] = [], namespace = 'shop') {
  const template = { metadata: { annotations: ofPods }, spec: { containers: [{ name: 'main' }] } };
  return {
    apiVersion: kind.endsWith('Job') ? 'batch/v1' : kind === 'ReplicationController' ? 'v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace, annotations: own, ownerReferences: owners },
    spec: kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template },
  };
}

/** The configuration of install.yaml as the server keeps it, but for these fields. */
function configuration({ caBundle, ...fields }: Readonly<Record<string, unknown>>, name = 'downlink'): object {
  const service = { namespace: 'downlink', name: 'downlink', path: '/mutate', port: 443 };
  return {
    kind: 'MutatingWebhookConfiguration',
    metadata: { name, creationTimestamp: registered },
    webhooks: [
      {
        name: 'pods.downlink.dev',
        clientConfig: { service, caBundle: caBundle ?? bundle(issued.authority) },
        matchConditions: [{ name: 'asks-for-downlink', expression: 'true' }],
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'downlink'] },
          ],
        },
        objectSelector: {
          matchExpressions: [{ key: 'downlink.dev/component', operator: 'NotIn', values: ['webhook'] }],
        },
        failurePolicy: 'Fail',
        ...fields,
      },
    ],
  };
}

/** The same, but called at a Service of that namespace. */
function calling(object: object, namespace: string): object {
  const { webhooks } = object as { webhooks: readonly { clientConfig: { service: object } }[] };
  const moved = webhooks.map(({ clientConfig, ...webhook }) => ({
    ...webhook,
    clientConfig: { ...clientConfig, service: { ...clientConfig.service, namespace } },
  }));
  return { ...object, webhooks: moved };
}

function withAnnotations(object: object, annotations: object): object {
  const { metadata } = object as { metadata: object };
  return { ...object, metadata: { ...metadata, annotations } };
}

function validating(failurePolicy: string, caBundle?: string): object {
  const {
    webhooks: [webhook],
    ...rest
  } = configuration({ failurePolicy, caBundle }) as { webhooks: readonly object[] };
  return {
    ...rest,
    kind: 'ValidatingWebhookConfiguration',
    webhooks: [{ ...webhook, name: 'workloads.downlink.dev' }],
  };
}

function bundle(...certificates: readonly string[]): string {
  return Buffer.from(certificates.join('')).toString('base64');
}

type Installation = ClusterView['installations'][number];

function withFlags({ installations }: ClusterView, flags: Readonly<Record<string, string>>): Partial<ClusterView> {
  return { installations: installations.map((one) => withRunning(one, { config: configWith(flags) })) };
}

function withVersion({ installations }: ClusterView, running: string): Partial<ClusterView> {
  return { installations: installations.map((one) => withRunning(one, { version: running })) };
}

function withRunning(installation: Installation, changes: Partial<Installation['running']>): Installation {
  return { ...installation, running: installation.running && { ...installation.running, ...changes } };
}

function withService({ installations }: ClusterView, serviceFacts: Installation['serviceFacts']): Partial<ClusterView> {
  return { installations: installations.map((one) => ({ ...one, serviceFacts })) };
}

function withCertificate({ installations }: ClusterView, certificate: string | undefined): Partial<ClusterView> {
  const secret = { name: 'downlink-certificates', certificate };
  return { installations: installations.map((one) => ({ ...one, secret })) };
}

function short({ code, object, pods }: ScanFinding): string {
  return [code, formatObject(object), ...(pods === undefined ? [] : [pods])].join(' ');
}
