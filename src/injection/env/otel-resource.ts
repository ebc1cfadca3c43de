import { imageVersion } from '../../kubernetes/image-reference.ts';
import { isQualifiedName } from '../../kubernetes/object-names.ts';
import type { Container } from '../../kubernetes/pod.ts';
import { nonEmptyValue } from '../../kubernetes/pod-key.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import { otelVariables } from './env-items.ts';
import { escapeReferences } from './variable-references.ts';

/** The prefix of annotations that set attributes of the resource, as in the OpenTelemetry operator. */
export const otelPrefix = 'resource.opentelemetry.io/';

const maxValue = 255; // characters: the JavaScript SDK drops the whole variable for a longer one, and counts it encoded

/** What the attributes of a pod depend on. */
interface OtelPod {
  /** Undefined if they are not to be read. */
  readonly labels: Readonly<Record<string, string>> | null | undefined;
  readonly annotations: Readonly<Record<string, unknown>> | null | undefined;
  /** Undefined if Kubernetes generates it. A generated name has at most 63 characters. */
  readonly podName: string | undefined;
  readonly namespace: string | undefined;
  readonly workload: Workload | undefined;
  readonly clusterName: string | undefined;
}

/** The attributes of a pod, as far as all of its containers share them. */
export interface OtelResource {
  /** The name of the service as Kubernetes expands it; undefined if only the workload or the pod names it. */
  readonly serviceName: string | undefined;
  /** The annotations whose attributes are left out, and why. */
  readonly leftOut: readonly { readonly key: string; readonly why: string }[];
  /** Composes OTEL_RESOURCE_ATTRIBUTES of a container from values and the variables that have their meaning in it. */
  readonly compose: (container: Container, isUsable: (variable: string) => boolean) => OtelAttributes;
}

export interface OtelAttributes {
  readonly value: string;
  /** The attributes that are left out because they are too long. */
  readonly tooLong: readonly string[];
}

/** Finds the attributes of a pod. Of several values for one, the first in the order of the documentation wins. */
export function otelResource(pod: OtelPod): OtelResource {
  const { annotations, labels } = pod;
  const { attributes: own, leftOut } = attributesOf(annotations ?? {});
  const serviceName =
    nonEmptyValue(annotations, `${otelPrefix}service.name`) ??
    nonEmptyValue(labels, 'app.kubernetes.io/instance') ??
    nonEmptyValue(labels, 'app.kubernetes.io/name');
  const ofAllContainers = { ...ofPod(pod), version: nonEmptyValue(labels, 'app.kubernetes.io/version') };
  const { kind } = ofAllContainers;
  const computedKeys = new Set([...keysInOrder(kind)]);
  const others = [...own].filter(([key]) => !computedKeys.has(key)).map(([key, value]) => `${key}=${value}`);
  return {
    serviceName: serviceName === undefined ? undefined : escapeReferences(serviceName),
    leftOut,
    compose: (container, isUsable) => {
      const computed = ofContainer(ofAllContainers, pod, container, isUsable);
      const tooLong: string[] = [];
      const pairs = keysInOrder(kind).flatMap((key) => {
        const value = own.get(key) ?? computed.get(key);
        if (value === undefined) return [];
        if (typeof value === 'string') return `${key}=${value}`;
        tooLong.push(key);
        return [];
      });
      return { value: [...pairs, ...others].join(), tooLong };
    },
  };
}

const attributeOfKind: Readonly<Record<string, string>> = {
  Deployment: 'k8s.deployment.name',
  ReplicaSet: 'k8s.replicaset.name',
  StatefulSet: 'k8s.statefulset.name',
  DaemonSet: 'k8s.daemonset.name',
  Job: 'k8s.job.name',
  CronJob: 'k8s.cronjob.name',
};

function keysInOrder(ofWorkload: string | undefined): readonly string[] {
  return [
    'k8s.namespace.name',
    ...otelVariables.map(({ attribute }) => attribute),
    'k8s.container.name',
    ...(ofWorkload === undefined ? [] : [ofWorkload]),
    'k8s.cluster.name',
    'service.namespace',
    'service.version',
    'service.instance.id',
  ];
}

/** Takes the place of a value that has more characters than an SDK accepts. */
const overlong = { kind: 'overlong' } as const;

type AttributeValue = string | typeof overlong;

function ofPod({ namespace, workload, clusterName }: OtelPod) {
  const kind = workload !== undefined && Object.hasOwn(attributeOfKind, workload.kind) ? workload.kind : undefined;
  return {
    kind: kind === undefined ? undefined : attributeOfKind[kind],
    workload: literal(kind === undefined ? undefined : workload?.name),
    namespace: literal(namespace),
    cluster: literal(clusterName),
  };
}

function ofContainer(
  shared: ReturnType<typeof ofPod> & { readonly version: string | undefined },
  { namespace, podName }: OtelPod,
  { name, image }: Container,
  isUsable: (variable: string) => boolean,
): ReadonlyMap<string, AttributeValue | undefined> {
  const { tag, digest } = imageVersion(image ?? '');
  const ofImage = tag !== undefined && digest !== undefined ? `${tag}@${digest}` : (digest ?? tag);
  const [podNameVariable] = otelVariables;
  const isNamed = namespace !== undefined && isUsable(podNameVariable.variable);
  const pod = podName === undefined ? '' : encoded(podName);
  const [before, after] = [`${encoded(namespace ?? '')}.`, `.${encoded(name)}`];
  const idLength = before.length + after.length + (podName === undefined ? 63 : pod.length);
  const id = `${escapeReferences(before)}$(${podNameVariable.variable})${escapeReferences(after)}`;
  const instanceId: AttributeValue = idLength > maxValue ? overlong : id;
  return new Map<string, AttributeValue | undefined>([
    ['k8s.namespace.name', shared.namespace],
    ...otelVariables.map(({ attribute, variable }): [string, string | undefined] => [
      attribute,
      isUsable(variable) ? `$(${variable})` : undefined,
    ]),
    ['k8s.container.name', literal(name)],
    ...(shared.kind === undefined ? [] : [[shared.kind, shared.workload] as const]),
    ['k8s.cluster.name', shared.cluster],
    ['service.namespace', shared.namespace],
    ['service.version', literal(shared.version ?? ofImage)],
    ['service.instance.id', isNamed ? instanceId : undefined],
  ]);
}

/** Returns the attributes that annotations set, sorted by key, with their values as Kubernetes expands them. */
function attributesOf(annotations: Readonly<Record<string, unknown>>) {
  const attributes = new Map<string, string>();
  const leftOut: { readonly key: string; readonly why: string }[] = [];
  const keys = Object.keys(annotations).filter((key) => key.startsWith(otelPrefix));
  for (const annotation of keys.sort()) {
    const key = annotation.slice(otelPrefix.length);
    const value = literal(nonEmptyValue(annotations, annotation));
    if (value === undefined || key === 'service.name') continue;
    // an API server accepts no other annotation, and an SDK drops the whole variable for a key with other characters
    if (!isQualifiedName(key) || key.includes('/')) leftOut.push({ key, why: 'it is not a valid key' });
    else if (typeof value !== 'string')
      leftOut.push({ key, why: `its value has more than ${maxValue} characters, encoded` });
    else attributes.set(key, value);
  }
  return { attributes, leftOut };
}

/** Returns a value as Kubernetes expands it; undefined for an empty one. */
function literal(value: string | undefined): AttributeValue | undefined {
  if (value === undefined || value === '') return undefined;
  if (value.length > maxValue) return overlong;
  const text = encoded(value);
  return text.length > maxValue ? overlong : escapeReferences(text);
}

/**
 * Percent-encodes all characters with a meaning in the list, and those for which the JavaScript SDK before version 3 drops the
 * whole variable: spaces, `;`, `\`, and quotation marks. A lone surrogate becomes U+FFFD.
 */
function encoded(value: string): string {
  return value.toWellFormed().replace(/[^\x21-\x7e]|[%,=;\\"]/gu, encodeURIComponent);
}
