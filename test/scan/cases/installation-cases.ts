import {
  bundle,
  configuration,
  fromFiles,
  issued,
  type ScanCase,
  selfSigned,
  validating,
  withAnnotations,
  withCertificate,
  withFlags,
  withService,
} from './scan-case.ts';

/** Findings about the Service and the certificate of the webhook. */
export const installationCases: readonly ScanCase[] = [
  {
    name: 'no Service',
    view: (good) => withService(good, { kind: 'missing' }),
    found: ['service-missing Service downlink/downlink'],
    says: /it does not exist/,
  },
  {
    name: 'a Service without the port',
    view: (good) => withService(good, { kind: 'found', ports: [8443], readyEndpoints: 2 }),
    found: ['service-missing Service downlink/downlink'],
    says: /it has no port 443/,
  },
  {
    name: 'no ready endpoints',
    view: (good) => withService(good, { kind: 'found', ports: [443], readyEndpoints: 0 }),
    found: ['service-not-ready Service downlink/downlink'],
    says: /kubectl -n downlink get pods/,
  },
  {
    name: 'nothing for a Service that may not be read',
    view: (good) => withService(good, { kind: 'unknown', readyEndpoints: undefined }),
    found: [],
  },
  {
    name: 'nothing for a Secret that may not be read',
    view: (good) => withCertificate(good, { kind: 'unreadable' }),
    found: [],
  },
  {
    name: 'no Secret',
    view: (good) => withCertificate(good, { kind: 'missing' }),
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
    says: /its certificate expired at 2026-05-.*check its log/s,
  },
  {
    name: 'one of another CA',
    view: (good) => withCertificate(good, issued.strangers),
    found: ['certificate-untrusted Secret downlink/downlink-certificates'],
    says: /no valid CA in caBundle of pods.downlink.dev in MutatingWebhookConfiguration downlink issued its certificate\n.*check its log/,
  },
  {
    name: 'one of another CA, from files',
    view: (good) => withCertificate({ ...good, ...withFlags(good, fromFiles) }, issued.strangers),
    found: ['certificate-untrusted Secret downlink/downlink-certificates'],
    says: /set the chart's value certificates.caBundle to the CA of the certificate/,
  },
  {
    name: 'one of another CA, by cert-manager',
    configurations: [withAnnotations(configuration({}), { 'cert-manager.io/inject-ca-from': 'downlink/downlink' })],
    view: (good) => withCertificate({ ...good, ...withFlags(good, fromFiles) }, issued.strangers),
    found: ['certificate-untrusted Secret downlink/downlink-certificates'],
    says: /cert-manager.io\/inject-ca-from must name the Certificate .*cainjector/,
  },
  {
    name: 'one of another CA, if the server maintains another configuration',
    configurations: [configuration({}, 'zz-downlink')],
    view: (good) => withCertificate({ ...good, ...withFlags(good, selfSigned) }, issued.strangers),
    found: ['certificate-untrusted Secret downlink/downlink-certificates'],
    says: /maintains caBundle of MutatingWebhookConfiguration downlink, not of this one: .*webhook.configurationName/,
  },
  {
    name: 'one that only the configuration for workloads does not trust',
    configurations: [configuration({}), validating('Ignore', bundle(issued.strangersAuthority))],
    found: ['certificate-untrusted Secret downlink/downlink-certificates'],
    says: /in caBundle of workloads.downlink.dev in ValidatingWebhookConfiguration downlink issued its certificate/,
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
    name: 'one for clients only',
    view: (good) => withCertificate({ ...good, ...withFlags(good, fromFiles) }, issued.forClients),
    found: ['certificate-refused Secret downlink/downlink-certificates'],
    says: /without serverAuth, so the API server refuses it.*serverAuth, and put it into the Secret/s,
  },
  {
    name: 'one that no API server accepts',
    view: (good) => withCertificate(good, issued.old),
    found: [
      'certificate-names Secret downlink/downlink-certificates',
      'certificate-refused Secret downlink/downlink-certificates',
    ],
    says: /no subject alternative name/,
  },
  {
    name: 'nothing for one whose issuer is in the chain',
    view: (good) => withCertificate(good, issued.chain),
    found: [],
  },
];
