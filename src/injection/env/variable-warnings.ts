import { addWarning } from '../../annotations/annotation-warning.ts';
import { listContainers, listNames, quote } from '../../diagnostics/text.ts';
import type { Container } from '../../kubernetes/pod.ts';
import type { PlanContext } from '../patch/injection-part.ts';
import type { RequestedEnv, UnseenReference } from './compile-env.ts';
import type { EnvFacts } from './env-facts.ts';
import type { PlannedVariable } from './env-var.ts';
import type { ContainerWarnings } from './env-warnings.ts';
import { nameOfIntent, type ResolvedEnvIntent } from './resolved-env.ts';
import { isServiceVariable } from './variable-references.ts';

/** Everything that the variables of a container depend on besides the container. */
export interface EnvRequest {
  readonly requested: RequestedEnv;
  readonly facts: EnvFacts;
  readonly context: PlanContext;
  readonly warnings: ContainerWarnings;
}

/** Warns about variables of the container that have another value than the requested ones of the same names. */
export function warnOfKept(kept: readonly ResolvedEnvIntent[], { name }: Container, { findings }: PlanContext): void {
  const isComposed = ({ source }: ResolvedEnvIntent) => source.kind === 'otel-resource-attributes';
  const container = quote(name);
  for (const requestedBy of ['ambassador-kubeconfig', 'env'] as const) {
    const others = kept.filter((intent) => !isComposed(intent) && (intent.annotation ?? 'env') === requestedBy);
    if (others.length === 0) continue;
    const detail = () =>
      `container ${container} keeps its own ${listNames(others.map(nameOfIntent), (one) => one)}, with another value`;
    addWarning(findings, 'env-kept', requestedBy, detail);
  }
  for (const intent of kept.filter(isComposed)) {
    const detail = () =>
      `container ${container} keeps its own ${nameOfIntent(intent)}; to have both, request OTEL_OURS=otel and write "team=a,$(OTEL_OURS)" there`;
    addWarning(findings, 'env-kept', 'env', detail);
  }
}

/** Warns about a variable that an earlier invocation injected, with what was known then. */
export function warnOfOutdated(intent: ResolvedEnvIntent, { name }: Container, { warnings }: EnvRequest): void {
  const variable = nameOfIntent(intent);
  const detail = (names: readonly string[]) =>
    `${listContainers(names)} ${names.length > 1 ? 'keep' : 'keeps'} ${variable} as it was injected earlier, although its value is now another one`;
  warnings.add('value-outdated', variable, name, detail);
}

/** Warns about a variable that a container does not get, unless the user asked for that. */
export function warnOfLeftOut(
  why: Exclude<PlannedVariable['kind'], 'variable'>,
  intent: ResolvedEnvIntent,
  { name }: Container,
  { facts, warnings }: EnvRequest,
): void {
  const variable = nameOfIntent(intent);
  const has = (names: readonly string[]) => `${listContainers(names)} ${names.length > 1 ? 'have' : 'has'}`;
  switch (why) {
    case 'key-absent':
      return;
    case 'image-absent':
      warnings.add('image-absent', variable, name, (names) => `${has(names)} no image, so ${variable} is left out`);
      return;
    case 'resource-absent': {
      const resource = intent.source.kind === 'fraction' ? intent.source.resource : '';
      const detail = (names: readonly string[]) => `${has(names)} no ${resource}, so ${variable} is left out`;
      warnings.add('resource-absent', variable, name, detail);
      return;
    }
    case 'reference-left-out': {
      const detail = (names: readonly string[]) =>
        `${variable} is left out of ${listContainers(names)}, because a variable that it refers to is left out`;
      warnings.add('reference-undefined', variable, name, detail);
      return;
    }
    case 'workload-unnamed': {
      const detail = () =>
        `${variable} is left out, because the name of the ${facts.workload()?.kind} is generated; the webhook adds it to each pod`;
      warnings.add('workload-name-unknown', variable, name, detail);
      return;
    }
    default:
      why satisfies never;
  }
}

/** Warns about a reference that Kubernetes leaves as it is, because no earlier variable has the name. */
export function warnOfReference(unseen: UnseenReference, container: Container, request: EnvRequest): void {
  const { name, reference } = unseen;
  const { warnings } = request;
  const { variables } = request.requested;
  const intent = variables.get(name)?.intent;
  if (intent === undefined || (container.envFrom ?? []).length > 0 || isServiceVariable(reference)) return;
  const [variable, shown] = [nameOfIntent(intent), quote(`$(${reference})`)];
  const isLater = reference !== name && variables.has(reference);
  const detail = (names: readonly string[]) =>
    isLater
      ? `${variable} has ${shown}, but ${nameOfIntent({ name: reference })} is requested after it; request it before`
      : `${variable} has ${shown}, but ${listContainers(names)} ${names.length > 1 ? 'have' : 'has'} no such variable`;
  warnings.add(isLater ? 'reference-too-early' : 'reference-undefined', `${name} ${reference}`, container.name, detail);
}
