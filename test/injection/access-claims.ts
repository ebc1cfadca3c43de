import { type AccessPreset, accessPresets } from '../../src/injection/ambassador/ambassador-options.ts';

/** A request to the proxy: the method, and the path that a client sends. The namespace of the pod is `shop`. */
export type ProxiedRequest = readonly [method: string, path: string];

/** A row of the table of presets in docs/ambassador.md, and requests that prove it. */
export interface AccessClaim {
  /** The first cell of the row, without text in brackets. */
  readonly row: string;
  /** A part of the second cell, which joins its parts by `; `. */
  readonly refuses: string;
  /** The values of the annotation to which it applies. */
  readonly access: readonly (readonly AccessPreset[])[];
  readonly refused: readonly ProxiedRequest[];
  /** Similar requests that are allowed. */
  readonly passed: readonly ProxiedRequest[];
}

const pods = '/api/v1/namespaces/shop/pods';
const machines = '/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances';
const clusters = '/apis/cluster.karmada.io/v1alpha1/clusters';
const get = (...paths: readonly string[]) => paths.map((path): ProxiedRequest => ['GET', path]);

const others = accessPresets.filter((preset) => preset !== 'full');
const everyOther: readonly (readonly AccessPreset[])[] = [
  ...others.map((preset) => [preset]),
  ...others.map((preset) => others.filter((other) => other !== preset)),
  others,
];

export const accessClaims: readonly AccessClaim[] = [
  {
    row: '`read-only`',
    refuses: 'the methods POST, PUT, PATCH, and DELETE',
    access: [['read-only']],
    refused: [
      ['POST', pods],
      ['PUT', `${pods}/a`],
      ['PATCH', `${pods}/a`],
      ['DELETE', `${pods}/a`],
      ['DELETE', pods],
      ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
      ['POST', '/api/v1/namespaces/shop/serviceaccounts/default/token'],
    ],
    passed: [
      ...get('/', '/version', '/metrics', '/api/v1/nodes', '/api/v1/namespaces/other/pods', `${pods}/a/log`),
      ...get('/api/v1/secrets', '/api/v1/namespaces/shop/secrets/a'),
      ['HEAD', pods],
      ['OPTIONS', pods],
    ],
  },
  {
    row: '`own-namespace`',
    refuses: "every path except discovery, `/version`, OpenAPI, and the paths of the pod's own namespace",
    access: [['own-namespace']],
    refused: [
      ...get('/api/v1/namespaces/other/pods', '/api/v1/namespaces/shop2/pods', '/api/v1/namespaces', '/api/v1/pods'),
      ...get('/api/v1/nodes', '/apis/apps/v1/deployments', '/apis/apps/v1/namespaces/other/deployments'),
      ...get('/metrics', '/logs/kube-apiserver.log', '/healthz', '/api/v1/watch/namespaces/shop/pods'),
      ['POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests'],
    ],
    passed: [
      ...get('/', '/version', '/api', '/apis', '/api/v1', '/apis/apps', '/apis/apps/v1', '/openapi/v2'),
      ...get('/openapi/v3/apis/apps/v1', pods, '/api/v1/namespaces/shop', '/api/v1/namespaces/shop/secrets/a'),
      ...get('/apis/apps/v1/namespaces/shop/deployments/web'),
      ['POST', pods],
    ],
  },
  {
    row: '`no-secrets`',
    refuses: 'Secrets',
    access: [['no-secrets'], ['read-only', 'no-secrets']],
    refused: [
      ...get('/api/v1/secrets', '/api/v1/namespaces/shop/secrets', '/api/v1/namespaces/shop/secrets/a'),
      ...get('/api/v1/watch/secrets', '/api/v1/watch/namespaces/shop/secrets/a'),
      ...get('/api/v1/namespaces/%2Fsecrets', '/api/v1/watch/namespaces/%2Fsecrets'),
      ['DELETE', '/api/v1/namespaces/shop/secrets'],
      ['POST', '/api/v1/namespaces/shop/secrets'],
    ],
    passed: [
      ...get(`${pods}/secrets`, '/api/v1/namespaces/secrets', '/api/v1/namespaces/secrets/pods'),
      ...get('/apis/example.com/v1/namespaces/shop/secretsanta', '/api/v1/namespaces/shop/configmaps/secrets'),
    ],
  },
  {
    row: '`no-secrets`',
    refuses: 'new tokens of service accounts',
    access: [['no-secrets']],
    refused: [['POST', '/api/v1/namespaces/shop/serviceaccounts/default/token']],
    passed: [
      ...get('/api/v1/namespaces/shop/serviceaccounts/token'),
      ['POST', pods], // who can create pods can still read secrets, as a warning says
      ['POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests'],
    ],
  },
  {
    row: 'each of these three',
    refuses: '`exec`, `attach`, `portforward`, and `proxy` of pods',
    access: everyOther,
    refused: [
      ...get(`${pods}/a/exec`, `${pods}/a/exec/`, `${pods}/a/attach`, `${pods}/a/portforward`),
      ...get(`${pods}/a/proxy`, `${pods}/a/proxy/metrics`, `${pods}/a%2Fexec`, `${pods}/a/%65xec`),
    ],
    passed: [
      ...get(`${pods}/proxy`, `${pods}/exec`, `${pods}/proxy/log`, `${pods}/attach/status`),
      ...get('/api/v1/namespaces/shop/configmaps/exec'),
    ],
  },
  {
    row: 'each of these three',
    refuses: '`proxy` of services and nodes',
    access: everyOther,
    refused: get(
      '/api/v1/namespaces/shop/services/web/proxy',
      '/api/v1/namespaces/shop/services/https:web:443/proxy/x',
      '/api/v1/nodes/n1/proxy',
      '/api/v1/nodes/n1/proxy/logs',
    ),
    passed: get('/api/v1/namespaces/shop/services/proxy', '/api/v1/namespaces/shop/services/web/status'),
  },
  {
    row: 'each of these three',
    refuses:
      '`attach`, `console`, `exec`, `portforward`, `proxy`, `usbredir`, `vnc`, and `vsock` of anything in an API group',
    access: everyOther,
    refused: [
      ...get(
        `${machines}/vm/vnc`,
        `${machines}/vm/vnc/screenshot`,
        `${machines}/vm/console`,
        `${machines}/vm/console/`,
      ),
      ...get(`${machines}/vm/portforward/22/tcp`, `${machines}/vm/usbredir`, `${machines}/vm/vsock?port=1`),
      ...get(`${machines}/vm/attach`, `${machines}/vm/exec`, `${machines}/vm/proxy`, `${machines}/vnc/vnc`),
      ...get(`${clusters}/one/proxy`, `${clusters}/one/proxy/api/v1/nodes`, `${clusters}/one/exec`),
      ...get('/apis/proxies.clusternet.io/v1alpha1/sockets/one/proxy/https/10.0.0.1/api'),
      ['PUT', `${machines}/vm/console`],
    ],
    passed: [
      ...get('/apis/apps/v1/namespaces/shop/deployments/exec', '/apis/apps/v1/namespaces/shop/deployments/proxy/scale'),
      ...get('/apis/operator.example.com/v1/namespaces/shop/consoles/console'),
      ...get('/apis/example.com/v1/namespaces/shop/console', '/apis/example.com/v1/namespaces/shop/proxy/one'),
      ...get(`${machines}/vm/guestosinfo`, `${machines}/vm/vncx`, `${machines}/console/guestosinfo`),
    ],
  },
  {
    row: 'each of these three',
    refuses: 'paths with an empty element',
    access: everyOther,
    refused: get('/api/v1/namespaces/%2Fpods/a', '/api/v1%2F/namespaces/shop/pods', '/api%2F/v1/namespaces/shop/pods'),
    passed: get(pods, `${pods}/`),
  },
  {
    row: '`full`',
    refuses: '`exec` and `attach` of pods, as kubectl does by default',
    access: [['full']],
    refused: get(`${pods}/a/exec`, `${pods}/a/attach`),
    passed: [
      ...get(`${pods}/a/portforward`, `${pods}/a/proxy`, '/api/v1/nodes/n1/proxy', `${machines}/vm/vnc`),
      ['DELETE', '/api/v1/namespaces/other/secrets/a'],
    ],
  },
];

/** Requests outside of the pod's namespace, which presets other than `own-namespace` allow. */
export const elsewhere: readonly ProxiedRequest[] = get(
  '/apis/apps/v1/namespaces/exec/deployments',
  '/apis/apps/v1/watch/namespaces/exec/deployments',
  '/apis/apps/v1/namespaces/proxy',
  '/api/v1/namespaces/exec/pods/proxy',
  '/api/v1/nodes/proxy',
  '/apis/config.example.com/v1/consoles/console',
  '/apis/config.example.com/v1/watch/consoles/console',
  '/apis/cluster.karmada.io/v1alpha1/clusters/proxy/status',
);
