import { annotationKeys } from '../annotations/annotation-keys.ts';
import { unsupported } from '../annotations/option-problem.ts';
import { accessPresets, ambassadorOptions, sidecarKinds } from '../injection/ambassador/ambassador-options.ts';
import { type KubernetesVersion, parseKubernetesVersion } from '../kubernetes/kubernetes-version.ts';

/** A setting of the server: a flag, an environment variable and a key of the configuration file, all of one name. */
export interface Setting<T> {
  /** As the flag has it: `health-port` is `--health-port`, `DOWNLINK_HEALTH_PORT` and `healthPort`. */
  readonly name: string;
  readonly placeholder: string;
  readonly meaning: string;
  /** As it would be written; undefined where there is none. */
  readonly default: string | undefined;
  readonly parse: (text: string) => T | { readonly detail: string };
  /** The words that it takes, where there are no others; with commas between them where the placeholder is a plural. */
  readonly words?: readonly string[];
}

const string = (text: string) => (text === '' ? { detail: 'must not be empty' } : text);
const port = (text: string) => {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return value <= 65535 ? value : { detail: 'must be a port from 0 to 65535, for example 8443; 0 takes any free one' };
};
const oneOf =
  <T extends string>(words: readonly T[]) =>
  (text: string) =>
    words.find((word) => word === text) ?? { detail: unsupported(text, words).detail };
const certificateModes = ['self-signed', 'files', 'temporary'] as const;
const actions = ['deny', 'warn'] as const;
const logLevels = ['debug', 'info', 'warn', 'error'] as const;
const seconds = (text: string) => {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isNaN(value) ? { detail: 'must be a whole number of seconds, for example 10' } : value;
};
const maxUserId = 2 ** 31 - 1; // the API server takes no higher one
const userId = (text: string) => {
  if (text === 'none') return undefined;
  const value = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  const isValid = value <= maxUserId;
  return isValid ? value : { detail: `must be a user id from 1 to ${maxUserId}, for example 65532, or "none"` };
};
const kubernetesVersion = (text: string): KubernetesVersion | { detail: string } =>
  parseKubernetesVersion(text) ?? { detail: 'must be a Kubernetes version, for example 1.33' };

/** Every setting. The table in docs/configuration.md is tested against it. */
export const settings = {
  port: setting('port', '<port>', 'port of the webhook, HTTPS', '8443', port),
  healthPort: setting('health-port', '<port>', 'port of /healthz, /readyz and /metrics, plain HTTP', '8080', port),
  bindAddress: setting('bind-address', '<address>', 'address to listen on', undefined, string),
  tlsCertFile: setting('tls-cert-file', '<file>', 'serving certificate, PEM', undefined, string),
  tlsPrivateKeyFile: setting('tls-private-key-file', '<file>', 'its private key, PEM', undefined, string),
  certificateMode: setting(
    'certificate-mode',
    '<mode>',
    'self-signed: made and renewed in a Secret of the cluster; files: the two files above; temporary: for localhost',
    undefined,
    oneOf(certificateModes),
    certificateModes,
  ),
  certificateSecret: setting(
    'certificate-secret',
    '<name>',
    'self-signed: the Secret',
    'downlink-certificates',
    string,
  ),
  serviceName: setting('service-name', '<name>', 'the Service that the certificate is for', 'downlink', string),
  webhookConfiguration: setting(
    'webhook-configuration',
    '<name>',
    'self-signed: the MutatingWebhookConfiguration whose caBundle is kept',
    'downlink',
    string,
  ),
  validatingWebhookConfiguration: setting(
    'validating-webhook-configuration',
    '<name>',
    'self-signed: the ValidatingWebhookConfiguration whose caBundle is kept, too',
    undefined,
    string,
  ),
  deploymentName: setting(
    'deployment-name',
    '<name>',
    'self-signed: the Deployment that owns the Secret',
    undefined,
    string,
  ),
  namespace: setting(
    'namespace',
    '<name>',
    'self-signed: the namespace of all of these; files: where it is set, the certificate must be for SERVICE.NAMESPACE.svc',
    undefined,
    string,
  ),
  clientCaFile: setting(
    'client-ca-file',
    '<file>',
    'CA that must have issued the client certificate of each caller, PEM',
    undefined,
    string,
  ),
  kubernetesVersion: setting(
    'kubernetes-version',
    '<version>',
    'version of the API server, which decides whether sidecars are native; unknown means that they are not, and a server in a cluster asks for it',
    undefined,
    kubernetesVersion,
  ),
  onInvalid: setting(
    'on-invalid',
    '<action>',
    'what to do with a pod whose annotations have mistakes: deny or warn',
    'deny',
    oneOf(actions),
    actions,
  ),
  shutdownDelay: setting(
    'shutdown-delay',
    '<seconds>',
    'how long to continue to serve after SIGTERM while endpoints drain',
    '10',
    seconds,
  ),
  logLevel: setting('log-level', '<level>', 'minimum log level', 'info', oneOf(logLevels), logLevels),
  ambassadorImage: setting(
    'ambassador-image',
    '<image>',
    'image of the ambassador',
    'registry.k8s.io/kubectl:v1.36.2',
    ambassadorOptions.image,
  ),
  ambassadorPort: setting(
    'ambassador-port',
    '<port>',
    'default port of the ambassador',
    annotationKeys['ambassador-port'].default,
    ambassadorOptions.port,
  ),
  ambassadorAccess: setting(
    'ambassador-access',
    '<presets>',
    'default access of the ambassador',
    annotationKeys['ambassador-access'].default,
    ambassadorOptions.access,
    accessPresets,
  ),
  ambassadorCpu: setting(
    'ambassador-cpu',
    '<quantity>',
    'default cpu of the ambassador',
    undefined,
    ambassadorOptions.cpu,
  ),
  ambassadorMemory: setting(
    'ambassador-memory',
    '<quantity>',
    'default memory of the ambassador',
    undefined,
    ambassadorOptions.memory,
  ),
  ambassadorSidecar: setting(
    'ambassador-sidecar',
    '<kind>',
    'default kind of the ambassador: auto, native or container',
    'auto',
    ambassadorOptions.sidecar,
    sidecarKinds,
  ),
  ambassadorRunAsUser: setting(
    'ambassador-run-as-user',
    '<uid>',
    'user ID of the ambassador, or none to leave it to the platform',
    '65532',
    userId,
  ),
} as const;

export type SettingKey = keyof typeof settings;

export function flagName({ name }: { readonly name: string }): string {
  return `--${name}`;
}

export function environmentName({ name }: { readonly name: string }): string {
  return `DOWNLINK_${name.replaceAll('-', '_').toUpperCase()}`;
}

function setting<T>(
  name: string,
  placeholder: string,
  meaning: string,
  fallback: string | undefined,
  parse: Setting<T>['parse'],
  words?: readonly string[],
): Setting<T> {
  return { name, placeholder, meaning, default: fallback, parse, ...(words !== undefined && { words }) };
}
