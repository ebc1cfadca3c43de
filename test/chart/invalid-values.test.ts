import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { version } from '../../src/version.ts';
import { only } from '../support/manifests.ts';
import { render, renderText, set, skip } from './render-chart.ts';

const invalid: readonly (readonly [value: string, complaint: RegExp])[] = [
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
  ['ambassador.namespaces={Team}', /'\/ambassador\/namespaces\/0'/],
  ['ambassador.namespaces={*-team}', /'\/ambassador\/namespaces\/0'/],
  ['ambassador.requiredAccess={full}', /'\/ambassador\/requiredAccess\/0': value must be one of 'read-only'/],
  ['ambassador.allowedAccess={all}', /'\/ambassador\/allowedAccess\/0': value must be one of 'read-only'/],
  ['ambassador.allowedImages={registry.example.com}', /'\/ambassador\/allowedImages\/0'/],
  ['ambassador.pullSecrets={regcred}', /'\/ambassador\/pullSecrets\/0': got string, want object/],
  ['ambassador.runAsUser=0', /'\/ambassador\/runAsUser'/],
  [
    'certificates.mode=selfsigned',
    /'\/certificates\/mode': value must be one of 'self-signed', 'cert-manager', 'files'/,
  ],
  ['certificates.mode=files', /'\/certificates\/secretName': minLength/],
  ['certificates.secretName=Own', /'\/certificates\/secretName'/],
  ['certificates.caBundle=no base64', /'\/certificates\/caBundle'/],
  ['certificates.caBundle=LS0t', /certificates\.caBundle: must be certificates as PEM \(-----BEGIN CERTIFICATE-----\)/],
  ['admissionPolicy=false', /'\/admissionPolicy': got boolean, want object/],
  ['admissionPolicy.enabled=no way', /'\/admissionPolicy\/enabled': got string, want boolean/],
  ['certificates.certManager.issuer=x', /'\/certificates\/certManager': additional properties 'issuer' not allowed/],
  ['certificates.certManager.duration=90d', /'\/certificates\/certManager\/duration'/],
  ['webhook.failurePolicy=ignore', /'\/webhook\/failurePolicy': value must be one of 'Fail', 'Ignore'/],
  ['webhook.timeoutSeconds=31', /'\/webhook\/timeoutSeconds': maximum/],
  ['webhook.timeoutSeconds=5s', /'\/webhook\/timeoutSeconds': got string, want integer/],
  ['webhook.matchConditions[0].name=x', /'\/webhook\/matchConditions\/0': missing property 'expression'/],
  ['webhook.matchConditions={x}', /'\/webhook\/matchConditions\/0': got string, want object/],
  [
    'webhook.matchConditions[0].name=is-no-mirror-pod,webhook.matchConditions[0].expression=1>0',
    /webhook\.matchConditions: Duplicate value: "is-no-mirror-pod"/,
  ],
  ['webhook.namespaceSelector.team=shop', /'\/webhook\/namespaceSelector': additional properties 'team' not allowed/],
  [
    'webhook.namespaceSelector.matchExpressions[0].key=a,webhook.namespaceSelector.matchExpressions[0].operator=In',
    /'\/webhook\/namespaceSelector\/matchExpressions\/0': missing property 'values'/,
  ],
  [
    'webhook.namespaceSelector.matchExpressions[0].key=a,webhook.namespaceSelector.matchExpressions[0].operator=Is',
    /matchExpressions\/0\/operator': value must be one of 'In', 'NotIn', 'Exists', 'DoesNotExist'/,
  ],
  ['hostNetwork=yes', /'\/hostNetwork': got string, want boolean/],
  [
    'hostNetwork=true,port=10250',
    /port: Invalid value: 10250: with hostNetwork, the port must be free on the nodes, .* use another, for example 8443/,
  ],
  ['hostNetwork=true,networkPolicy.enabled=true', /networkPolicy\.enabled: Invalid value: true: .* use false/],
  ['global.imageRegistry=https://a.b', /'\/global\/imageRegistry'/],
  ['global.imageRegistry=a.b/', /'\/global\/imageRegistry'/],
  ['extraEnv[0].nme=TZ', /'\/extraEnv\/0': (additional properties 'nme' not allowed|missing property 'name')/],
  ['extraEnv[0].name=DOWNLINK_NAMESPACE', /extraEnv: Duplicate value: "DOWNLINK_NAMESPACE": the chart sets/],
  ['extraEnv[0].name=A,extraEnv[1].name=A', /extraEnv: Duplicate value: "A"/],
  ['nodeOptions=--x,extraEnv[0].name=NODE_OPTIONS', /extraEnv: Duplicate value: "NODE_OPTIONS"/],
  [
    'topologySpreadConstraints[0].maxSkew=1',
    /'\/topologySpreadConstraints\/0': missing properties 'topologyKey', 'when/,
  ],
  ['deploymentAnnotations.team=1', /'\/deploymentAnnotations\/team': got number, want string/],
  ['prometheusRule=true', /'\/prometheusRule': got boolean, want object/],
  ['dashboard.label=x', /'\/dashboard': additional properties 'label' not allowed/],
  ['dashboard.labels.grafana_dashboard=1', /'\/dashboard\/labels\/grafana_dashboard': got number, want string/],
  ['helmTest.namespace=A', /'\/helmTest\/namespace'/],
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
  ['serviceMonitor.scrapeTimeout=10', /'\/serviceMonitor\/scrapeTimeout'/],
];

describe('an invalid value is rejected by name:', { skip }, () => {
  for (const [value, complaint] of invalid)
    test(value, () => assert.rejects(renderText('--set', value), { message: complaint }));
});

describe('image.repository', { skip }, () => {
  for (const repository of [
    'downlink',
    'localhost/x',
    'registry:5000/team/x',
    '[fd00::1]:5000/x',
    'A-b.example/x_y/z.1',
  ])
    test(`can be ${repository}`, async () => {
      const deployment = only(await render(...set(`image.repository=${repository}`)), 'Deployment');
      assert.equal(deployment.spec.template.spec.containers[0].image, `${repository}:${version}`);
    });
});
