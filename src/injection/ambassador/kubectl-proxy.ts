import { type AccessPreset, accessPresets } from './ambassador-options.ts';
import { elementOtherThan } from './path-element.ts';

/**
 * The regular expressions for names are anchored, so that a pod named `proxy` or `secrets` is not hit, and hold no comma, on
 * which kubectl splits its lists. Setting --reject-paths replaces kubectl's own defaults, so every preset repeats them.
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/proxy/proxy_server.go
 */
const streaming = [
  '^/api/v1/namespaces/[^/]+/pods/[^/]+/(exec|attach|portforward|proxy)(/|$)',
  '^/api/v1/namespaces/[^/]+/services/[^/]+/proxy(/|$)',
  '^/api/v1/nodes/[^/]+/proxy(/|$)',
];
/**
 * Subresources of aggregated APIs that open a stream into something or pass requests on to it, of namespaced resources
 * (KubeVirt's virtual machines) and of others (Karmada's and Clusternet's clusters). Neither a namespaced resource of such
 * a name is hit, nor what the deprecated `watch/` in front leads to.
 * Source: kubevirt/kubevirt pkg/virt-api/definitions/definitions.go
 */
const streamingSubresources = ['attach', 'console', 'exec', 'portforward', 'proxy', 'usbredir', 'vnc', 'vsock'];
const clusterResource = elementOtherThan(['namespaces', 'watch']);
const aggregated = `^/apis/[^/]+/[^/]+/(namespaces/[^/]+/[^/]+|${clusterResource})/[^/]+/(${streamingSubresources.join('|')})(/|$)`;
/**
 * An empty element, which `%2F` smuggles past kubectl's own tidying of paths: the API server takes `namespaces//secrets`
 * for the secrets of all namespaces, and the expressions here would not.
 */
const emptyElement = '//';
const secrets = '^/api/v1/(watch/)?(namespaces/[^/]+/)?secrets(/|$)';
const tokens = '^/api/v1/namespaces/[^/]+/serviceaccounts/[^/]+/token(/|$)';
/** The first takes an empty path, too, as which kubectl's filter sees `/`. */
const discovery = ['^(/(version|api|apis)?/?)?$', '^/openapi/v[23](/|$)', '^/api/v1/?$', '^/apis/[^/]+(/[^/]+)?/?$'];
const writes = '^(POST|PUT|PATCH|DELETE)$';

/** The arguments of `kubectl` for a proxy on that port of 127.0.0.1 which lets through what the presets allow. */
export function proxyArgs(port: number, access: readonly AccessPreset[], namespace: string): readonly string[] {
  const args = ['proxy', '--address=127.0.0.1', `--port=${port}`];
  if (access.includes('full')) return args; // kubectl's own defaults
  if (access.includes('own-namespace')) {
    const own = [`^/api/v1/namespaces/${namespace}(/|$)`, `^/apis/[^/]+/[^/]+/namespaces/${namespace}(/|$)`];
    args.push(`--accept-paths=${[...discovery, ...own].join(',')}`);
  }
  const rejected = [
    emptyElement,
    ...streaming,
    aggregated,
    ...(access.includes('no-secrets') ? [secrets, tokens] : []),
  ];
  args.push(`--reject-paths=${rejected.join(',')}`);
  if (access.includes('read-only')) args.push(`--reject-methods=${writes}`);
  return args;
}

/** The port that these arguments give the proxy; somebody may have taken ours away, and then it is kubectl's own. */
export function portOf(args: readonly string[]): number {
  const flag = '--port=';
  return Number(args.find((one) => one.startsWith(flag))?.slice(flag.length) ?? 8001);
}

/** The presets that gave these arguments, which may be older than what a pod asks for now. */
export function accessOf(args: readonly string[]): readonly AccessPreset[] {
  const has = (start: string, part = '') => args.some((one) => one.startsWith(start) && one.includes(part));
  const given: Readonly<Record<AccessPreset, boolean>> = {
    'read-only': has('--reject-methods='),
    'own-namespace': has('--accept-paths='),
    'no-secrets': has('--reject-paths=', secrets),
    full: !has('--reject-paths='),
  };
  return accessPresets.filter((preset) => given[preset]);
}

/** The command that answers as soon as the proxy does. Exec, since a kubelet's http probe cannot reach loopback. */
export function proxyProbe(port: number): readonly string[] {
  return ['kubectl', `--server=http://127.0.0.1:${port}`, 'get', '--raw', '/version'];
}
