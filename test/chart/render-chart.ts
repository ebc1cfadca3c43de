import { helm, helmIsMissing } from '../../deploy/helm.ts';
import { chart } from '../../deploy/render.ts';
import { parseConfig } from '../../src/config/config.ts';
import { type Manifest, parseManifests } from '../support/manifests.ts';

/** The reason to skip the tests of the chart; false if helm is available. */
export const skip = await helmIsMissing();
/** The namespace of the release. */
export const namespace = 'downlink';
/** Arguments that select certificates from cert-manager. */
export const certManager = set('certificates.mode=cert-manager');
/** Arguments that select certificates from a Secret of the user. */
export const files = set('certificates.mode=files', 'certificates.secretName=own');
/** Arguments that set every option, except those that the variants below and tests of their own set. */
export const everything = [
  ...set('autoscaling.enabled=true', 'networkPolicy.enabled=true', 'serviceMonitor.enabled=true', 'bindAddress=::'),
  ...set(
    'kubernetesVersion=v1.33',
    'clusterName=prod-eu',
    'nodeOptions=--max-semi-space-size=16',
    'priorityClassName=high',
    'onInvalid=warn',
  ),
  ...set('ambassador.cpu=100m', 'ambassador.memory=128Mi', 'ambassador.access={read-only,own-namespace}'),
  ...set(
    'runAsUser=none',
    'ambassador.runAsUser=1000650000',
    'port=10250',
    'labels.team=platform',
    'podLabels.mesh=off',
  ),
  ...set('webhook.excludedNamespaces={a,b}', 'webhook.configurationName=zz-downlink'),
  ...set('image.pullSecrets[0].name=regcred', 'ambassador.pullSecrets[0].name=regcred'),
  ...set('ambassador.namespaces={shop,team-*}', 'ambassador.allowedAccess={read-only,own-namespace}'),
  ...set('ambassador.requiredAccess={read-only}'),
  ...set('webhook.namespaceSelector.matchLabels.team=shop', 'webhook.matchConditions[0].name=x'),
  ...set('webhook.matchConditions[0].expression=1>0', 'topologySpreadConstraints[0].maxSkew=1'),
  ...set(
    'topologySpreadConstraints[0].topologyKey=zone',
    'topologySpreadConstraints[0].whenUnsatisfiable=DoNotSchedule',
  ),
  ...set('global.imageRegistry=registry.example.com/mirror', 'deploymentAnnotations.note=x', 'extraEnv[0].name=TZ'),
  ...set('extraEnv[0].value=UTC', 'prometheusRule.enabled=true', 'dashboard.enabled=true'),
  ...set('ambassador.allowedImages={registry.example.com/,localhost:5000/a@}'),
];
/** Arguments that run the pods in the network of their node. */
export const hostNetwork = set('hostNetwork=true');
/** The sets of values for which the manifests are checked. */
export const variants: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['with the default values', []],
  ['with certificates from cert-manager', certManager],
  ['with certificates from files', files],
  ['with every option', everything],
  ['with hostNetwork', hostNetwork],
  ['for Kubernetes 1.20', ['--kube-version', '1.20']],
];

/** Returns what `helm template` prints without the tests, for Kubernetes 1.36 unless the arguments name another version. */
export function renderText(...args: readonly string[]): Promise<string> {
  return helm('template', 'downlink', chart, '-n', namespace, '--skip-tests', '--kube-version', '1.36', ...args); // the last one wins
}

/** Returns the manifests that `helm template` prints. */
export async function render(...args: readonly string[]): Promise<readonly Manifest[]> {
  return parseManifests(await renderText(...args));
}

/** Returns the arguments that set values, each in the form `key=value`. */
export function set(...values: readonly string[]): readonly string[] {
  return values.flatMap((value) => ['--set', value]);
}

/** Returns the configuration of a server that the flags start in the cluster, or the errors in it. */
export function configOf(flags: readonly (readonly [name: string, value: string])[]): ReturnType<typeof parseConfig> {
  return parseConfig({
    flags: Object.fromEntries(flags.map(([name, value]) => [camelCase(name), value])),
    environment: { DOWNLINK_NAMESPACE: namespace }, // from the downward API
    file: undefined,
  });
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
