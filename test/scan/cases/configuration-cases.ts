import { parseKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import {
  bundle,
  calling,
  configuration,
  issued,
  missingInstallation,
  pod,
  requests,
  type ScanCase,
  selfSigned,
  validating,
  withFlags,
} from './scan-case.ts';

/** Findings about webhook configurations. */
export const configurationCases: readonly ScanCase[] = [
  {
    name: 'that none has the webhook',
    pods: [pod(requests)],
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
  { name: 'nothing for one of another name', configurations: [configuration({}, 'zz-downlink')], found: [] },
  {
    name: 'a duplicate',
    configurations: [configuration({}), configuration({}, 'old')],
    found: ['duplicate-webhook MutatingWebhookConfiguration old'],
    says: /kubectl delete mutatingwebhookconfiguration old/,
  },
  {
    name: 'of two that work, the one whose caBundle the server does not maintain',
    configurations: [configuration({}, 'a-copy'), configuration({})],
    view: (good) => withFlags(good, selfSigned),
    found: ['duplicate-webhook MutatingWebhookConfiguration a-copy'],
    says: /besides MutatingWebhookConfiguration downlink\n.*kubectl delete mutatingwebhookconfiguration a-copy/,
  },
  {
    name: 'of two, the one that cannot work, although it comes first alphabetically',
    configurations: [configuration({ caBundle: '' }, 'a-left-over'), configuration({})],
    found: [
      'ca-bundle-empty MutatingWebhookConfiguration a-left-over',
      'duplicate-webhook MutatingWebhookConfiguration a-left-over',
    ].toReversed(),
    says: /besides MutatingWebhookConfiguration downlink; this one cannot work, and the API server rejects pods because of it\nremove .* a-left-over$/,
  },
  {
    name: 'of two, the one that cannot work, which comes last alphabetically',
    configurations: [configuration({}), configuration({ caBundle: '' }, 'z-left-over')],
    found: [
      'duplicate-webhook MutatingWebhookConfiguration z-left-over',
      'ca-bundle-empty MutatingWebhookConfiguration z-left-over',
    ],
    says: /besides MutatingWebhookConfiguration downlink; this one cannot work/,
  },
  {
    name: 'of two, the one whose Service is missing',
    configurations: [calling(configuration({}, 'a-left-over'), 'gone'), configuration({})],
    view: ({ installations }) => ({
      installations: [...installations, missingInstallation],
    }),
    found: ['duplicate-webhook MutatingWebhookConfiguration a-left-over', 'service-missing Service gone/downlink'],
  },
  {
    name: 'of two that cannot work, the one whose Service is missing',
    configurations: [calling(configuration({}, 'a-left-over'), 'gone'), configuration({ caBundle: '' })],
    view: ({ installations }) => ({
      installations: [...installations, missingInstallation],
    }),
    found: [
      'duplicate-webhook MutatingWebhookConfiguration a-left-over',
      'ca-bundle-empty MutatingWebhookConfiguration downlink',
      'service-missing Service gone/downlink',
    ],
  },
  {
    name: 'two that cannot work',
    configurations: [configuration({ caBundle: '' }), configuration({ caBundle: '', failurePolicy: 'Ignore' }, 'old')],
    found: [
      'ca-bundle-empty MutatingWebhookConfiguration downlink',
      'ca-bundle-empty MutatingWebhookConfiguration old',
      'failure-policy MutatingWebhookConfiguration old',
      'duplicate-webhook MutatingWebhookConfiguration old',
    ],
  },
  {
    name: 'pods by the one of two that selects their namespace',
    pods: [pod(requests)],
    configurations: [
      configuration({ namespaceSelector: { matchLabels: { team: 'x' } } }),
      configuration({ failurePolicy: 'Fail' }, 'other'),
    ],
    found: ['not-injected Pod shop/one 1', 'duplicate-webhook MutatingWebhookConfiguration other'],
    says: /nothing in the cluster shows why/,
  },
  {
    name: 'the caBundle of one that the server does not maintain',
    configurations: [configuration({ caBundle: '' }, 'zz-downlink')],
    view: (good) => withFlags(good, selfSigned),
    found: ['ca-bundle-empty MutatingWebhookConfiguration zz-downlink'],
    says: /kubectl delete mutatingwebhookconfiguration zz-downlink.*webhook.configurationName/,
  },
  {
    name: 'a validating one that rejects workloads while it is down',
    configurations: [configuration({}), validating('Fail')],
    found: ['failure-policy ValidatingWebhookConfiguration downlink'],
    says: /while the webhook is down, workloads are rejected/,
  },
  {
    name: 'nothing for a validating one that does not',
    configurations: [configuration({}), validating('Ignore')],
    found: [],
  },
  {
    name: 'one for 1.30 on an older server',
    configurations: [configuration({ matchConditions: undefined })],
    view: () => ({ kubernetesVersion: parseKubernetesVersion('1.24') }),
    found: ['made-for-other-version MutatingWebhookConfiguration downlink'],
    says: /Kubernetes 1.24 does not support matchConditions.*helm upgrade/s,
  },
  {
    name: 'one for an older server on 1.33',
    configurations: [configuration({ matchConditions: undefined })],
    found: ['made-for-other-version MutatingWebhookConfiguration downlink'],
    says: /has no matchConditions, which Kubernetes 1.33 supports/,
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
    says: /the CA in caBundle of pods.downlink.dev expired on 2026-05-/,
  },
  {
    name: 'a CA that expires soon',
    configurations: [configuration({ caBundle: bundle(issued.expired, issued.authority) })],
    expiringWithin: 31,
    found: [
      'ca-expiring MutatingWebhookConfiguration downlink',
      'certificate-expiring Secret downlink/downlink-certificates',
    ],
    says: /the last CA in caBundle of pods.downlink.dev expires in 30 days, on 2026-07-01/,
  },
  {
    name: 'nothing for an expired CA beside a new one',
    configurations: [configuration({ caBundle: bundle(issued.authority, issued.expired) })],
    found: [],
  },
];
