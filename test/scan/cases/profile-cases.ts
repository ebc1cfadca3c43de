import { version } from '../../../src/version.ts';
import { configuration, deployment, pod, replicaSet, type ScanCase } from './scan-case.ts';

/** Returns the annotations of a pod that was injected with these profiles, by the hashes that they had then. */
const injectedWith = (profiles: object) => ({
  'downlink.dev/status': JSON.stringify({ version, env: { main: ['POD_NAME'] }, profiles }),
});
const current = '0badcafe';

/** Returns the configuration of install.yaml with a webhook for a profile of namespaces before the other. */
function withNamespaceProfile(profile: string): object {
  const { webhooks, ...rest } = configuration({}) as { webhooks: readonly object[] };
  const [main] = webhooks;
  const namespaceSelector = { matchExpressions: [{ key: 'downlink.dev/profile', operator: 'In', values: [profile] }] };
  const own = { ...main, name: `${profile}.profiles.downlink.dev`, failurePolicy: 'Ignore', namespaceSelector };
  return { ...rest, webhooks: [own, main] };
}

/** Findings about profiles. */
export const profileCases: readonly ScanCase[] = [
  { name: 'nothing for a pod with current profiles', pods: [pod(injectedWith({ web: current }))], found: [] },
  {
    name: 'the pods of a Deployment whose profile has changed, once, although they have no annotations of their own',
    pods: [1, 2].map((number) =>
      pod(injectedWith({ web: '11111111', datadog: current }), {
        name: `web-1-${number}`,
        ownerReferences: [replicaSet],
      }),
    ),
    view: () => ({ controllers: new Map([['ReplicaSet shop/web-1', deployment('web')]]) }),
    found: ['profile-changed Deployment shop/web 2'],
    says: /injected with the profile "web", which has changed since then.*run kubectl -n shop rollout restart deployment\/web$/s,
  },
  {
    name: 'a profile that no longer exists',
    pods: [pod(injectedWith({ gone: current }))],
    found: ['profile-changed Pod shop/one 1'],
    says: /injected with the profile "gone", which the settings of the webhook no longer have/,
  },
  {
    name: 'nothing about profiles if the settings cannot be read',
    pods: [pod(injectedWith({ web: '11111111', gone: current }))],
    options: { profilesAreKnown: false, profiles: new Map() },
    found: [],
  },
  {
    name: 'nothing for a status whose profiles are of another form',
    pods: [pod(injectedWith(['web'])), pod({ 'downlink.dev/status': '{' })],
    found: ['profile-changed Pod shop/one 1'].slice(1),
  },
  {
    name: 'nothing for a namespace whose profile a webhook applies',
    configurations: [withNamespaceProfile('web')],
    view: () => ({ namespaces: new Map([['shop', { 'downlink.dev/profile': 'web' }]]) }),
    found: [],
  },
  {
    name: 'a namespace whose profile no webhook applies',
    configurations: [withNamespaceProfile('web')],
    view: () => ({ namespaces: new Map([['shop', { 'downlink.dev/profile': 'wbe' }]]) }),
    found: ['namespace-profile Namespace shop'],
    says: /no webhook selects its label downlink.dev\/profile=wbe.*kubectl label namespace shop downlink.dev\/profile-/s,
  },
  {
    name: 'nothing for that namespace if configurations cannot be read',
    view: () => ({ webhooks: undefined, namespaces: new Map([['shop', { 'downlink.dev/profile': 'wbe' }]]) }),
    found: [],
  },
];
