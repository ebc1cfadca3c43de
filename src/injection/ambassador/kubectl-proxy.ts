import { type AccessPreset, accessPresets } from './ambassador-options.ts';
import { elementOtherThan } from './path-element.ts';

/**
 * The regular expressions for names are anchored, so that they do not match a pod named `proxy` or `secrets`. They contain no
 * comma, because kubectl splits lists at commas. --reject-paths replaces the defaults of kubectl, so every preset repeats them.
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/proxy/proxy_server.go
 */
const streaming = [
  '^/api/v1/namespaces/[^/]+/pods/[^/]+/(exec|attach|portforward|proxy)(/|$)',
  '^/api/v1/namespaces/[^/]+/services/[^/]+/proxy(/|$)',
  '^/api/v1/nodes/[^/]+/proxy(/|$)',
];
/**
 * Subresources of aggregated APIs that open streams or forward requests, of namespaced resources (virtual machines of KubeVirt)
 * and of cluster-scoped ones (clusters of Karmada and Clusternet). The expression matches neither a namespaced resource with such
 * a name nor the deprecated `watch/` paths.
 * Source: kubevirt/kubevirt pkg/virt-api/definitions/definitions.go
 */
const streamingSubresources = ['attach', 'console', 'exec', 'portforward', 'proxy', 'usbredir', 'vnc', 'vsock'];
const clusterResource = elementOtherThan(['namespaces', 'watch']);
const aggregated = `^/apis/[^/]+/[^/]+/(namespaces/[^/]+/[^/]+|${clusterResource})/[^/]+/(${streamingSubresources.join('|')})(/|$)`;
/**
 * An empty element, which kubectl does not remove from a path if it is written as `%2F`. To the API server, `namespaces//secrets`
 * are the secrets of all namespaces, and the expressions here would not match it.
 */
const emptyElement = '//';
const secrets = '^/api/v1/(watch/)?(namespaces/[^/]+/)?secrets(/|$)';
const tokens = '^/api/v1/namespaces/[^/]+/serviceaccounts/[^/]+/token(/|$)';
/** The first expression also matches an empty path, which is what kubectl's filter sees for `/`. */
const discovery = ['^(/(version|api|apis)?/?)?$', '^/openapi/v[23](/|$)', '^/api/v1/?$', '^/apis/[^/]+(/[^/]+)?/?$'];
const writes = '^(POST|PUT|PATCH|DELETE)$';

/** Returns the arguments of `kubectl` for a proxy on a port of 127.0.0.1 that allows what the presets allow. */
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

/** Returns the port of a proxy with these arguments; kubectl's default if the flag has been removed. */
export function portOf(args: readonly string[]): number {
  const flag = '--port=';
  return Number(args.find((one) => one.startsWith(flag))?.slice(flag.length) ?? 8001);
}

/** Returns the presets of a proxy with these arguments, which may be older than the pod's annotations. */
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

/** Returns the command of the startup probe, since an HTTP probe of the kubelet cannot reach the loopback interface. */
export function proxyProbe(port: number): readonly string[] {
  return ['kubectl', `--server=http://127.0.0.1:${port}`, 'get', '--raw', '/version'];
}
