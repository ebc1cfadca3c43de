import { annotationField } from '../../annotations/annotation-keys.ts';
import { addWarning } from '../../annotations/annotation-warning.ts';
import type { Names } from '../../annotations/injection-status.ts';
import { listContainers, listNames, quote } from '../../diagnostics/text.ts';
import type { Container, EnvVar } from '../../kubernetes/pod.ts';
import { emptyPart, type PlanContext, type PlannedPart, type ShownResource } from '../patch/injection-part.ts';
import type { PodAddition } from '../patch/patch-target.ts';
import { type EnvFacts, envFacts } from './env-facts.ts';
import { otelVariables } from './env-items.ts';
import { isOfContainer, type PlannedVariable, planVariable, sameVariable } from './env-var.ts';
import { type ContainerWarnings, createContainerWarnings } from './env-warnings.ts';
import { otelPrefix } from './otel-resource.ts';
import { type PlacedVariables, placeVariables, type ReferringVariable } from './place-variables.ts';
import { type RequestedVariables, withoutRepeats } from './requested-variables.ts';
import { nameOfIntent, type ResolvedEnvIntent } from './resolved-env.ts';
import { isServiceVariable, referencesIn } from './variable-references.ts';

/** What a container gets. */
interface ContainerVariables {
  readonly variables: readonly PlacedVariables[];
  /** The names of all these variables. */
  readonly names: Names;
}

/** Everything that the variables of a container depend on besides the container. */
interface EnvRequest {
  readonly intents: RequestedVariables;
  /** The names of the requested variables, and of those to which their values may refer. */
  readonly relevant: Names;
  readonly facts: EnvFacts;
  readonly context: PlanContext;
  readonly warnings: ContainerWarnings;
}

/**
 * Plans the variables of each target container. They go in front of the container's own, so that `$(POD_NAME)` works in
 * those, and in the command and args. A variable that the container already has is not added.
 */
export function planEnv(requested: readonly ResolvedEnvIntent[], context: PlanContext): PlannedPart {
  const intents = withoutRepeats(requested, context.findings);
  if (intents.size === 0) return emptyPart;
  const warnings = createContainerWarnings();
  const request = { intents, relevant: relevantNames(intents), facts: envFacts(context), context, warnings };
  reportOtel(request);
  const isShared = ![...intents.values()].some(({ source }) => isOfContainer(source));
  let shared: ContainerVariables | undefined;
  const additions: PodAddition[] = [];
  const env = new Map<string, Names>();
  const resources: ShownResource[] = [];
  for (const { list, index, container } of context.targets) {
    const own = ownAmong(request.relevant, container);
    // containers that have none of the variables share what they get, so that a pod with many of them costs little more
    const planned = (own.size === 0 && shared) || planContainer(container, own, request);
    if (own.size === 0 && isShared) shared = planned;
    if (planned.names.size === 0) continue;
    const target = { kind: 'container-member', list, index, member: 'env' } as const;
    for (const { at, values } of planned.variables) {
      additions.push({ kind: 'elements', target, at, values });
      for (const { name, valueFrom } of values) {
        const resource = valueFrom?.resourceFieldRef?.resource;
        if (resource !== undefined) resources.push({ name, container, resource });
      }
    }
    env.set(container.name, planned.names);
  }
  warnings.report(context.findings);
  return { additions, names: { env }, resources };
}

function relevantNames(intents: RequestedVariables): Names {
  const names = new Set(intents.keys());
  for (const { source } of intents.values()) {
    if (source.kind === 'text') for (const name of referencesIn(source.text)) names.add(name);
    else if (source.kind === 'otel-resource-attributes') for (const { variable } of otelVariables) names.add(variable);
  }
  return names;
}

type OwnVariables = ReadonlyMap<string, { readonly variable: EnvVar; readonly index: number }>;

const none: OwnVariables = new Map();

/** Returns the container's own variables of these names. Of several with the same name, the last one takes effect. */
function ownAmong(names: Names, { env }: Container): OwnVariables {
  let own: Map<string, { variable: EnvVar; index: number }> | undefined;
  for (let index = 0; index < (env?.length ?? 0); index++) {
    const variable = env?.[index];
    if (variable === undefined || !names.has(variable.name)) continue;
    own ??= new Map();
    own.set(variable.name, { variable, index });
  }
  return own ?? none;
}

/** Reports an unknown namespace, and annotations that give no attribute, if the pod requests attributes. */
function reportOtel({ intents, facts, context: { origin, findings } }: EnvRequest): void {
  const otel = [...intents.values()].find(({ source }) => source.kind === 'otel-resource-attributes')?.source;
  if (otel?.kind !== 'otel-resource-attributes') return;
  if (origin.namespace === undefined) {
    const detail = 'it needs the namespace of the pod; set metadata.namespace, or name it with --namespace';
    findings.errors.push({ field: annotationField('env'), kind: 'Invalid', value: 'otel', detail });
  }
  for (const { key, why } of facts.otel(otel.readsLabels).leftOut) {
    const detail = () => `the attribute ${quote(key)} of annotation ${quote(otelPrefix + key)} is left out: ${why}`;
    addWarning(findings, 'otel-attribute-left-out', 'env', detail);
  }
}

function planContainer(container: Container, own: OwnVariables, request: EnvRequest): ContainerVariables {
  const { intents, facts, context, warnings } = request;
  const injected = context.status.env.get(container.name);
  const kept: ResolvedEnvIntent[] = [];
  const added: ReferringVariable[] = [];
  const usable = new Set<string>(); // complete for a composed variable: what it is composed of comes earlier
  for (const intent of intents.values()) {
    const { name, source } = intent;
    const existing = own.get(name)?.variable;
    if (existing !== undefined && source.kind === 'otel-service-name' && !injected?.has(name)) continue;
    const planned = planVariable(intent, container, facts, (variable) => usable.has(variable));
    if (planned.kind !== 'variable') {
      if (existing === undefined) warnOfLeftOut(planned.kind, intent, container, request);
      continue;
    }
    const { variable, tooLong } = planned;
    if (existing === undefined) {
      const refers = source.kind === 'text' || source.kind === 'otel-resource-attributes';
      added.push({ variable, references: refers ? referencesIn(variable.value ?? '') : [] });
      for (const key of tooLong ?? []) {
        const detail = (names: readonly string[]) =>
          `the attribute ${key} of ${listContainers(names)} is left out, because it would have more than 255 characters`;
        warnings.add('otel-attribute-left-out', key, container.name, detail);
      }
    }
    const isSame = existing === undefined || sameVariable(existing, variable, container);
    if (isSame || injected?.has(name)) usable.add(name);
    if (isSame) continue;
    if (!injected?.has(name)) kept.push(intent);
    else if (variable.value !== undefined) warnOfOutdated(intent, container, warnings);
  }
  warnOfKept(kept, container, context);
  const variables = placeVariables(
    added,
    (name) => own.get(name)?.index,
    ({ name }, reference) => warnOfReference(name, reference, container, request),
  );
  return { variables, names: new Set(variables.flatMap(({ values }) => values.map(({ name }) => name))) };
}

function warnOfKept(kept: readonly ResolvedEnvIntent[], { name }: Container, { findings }: PlanContext): void {
  const isComposed = ({ source }: ResolvedEnvIntent) => source.kind === 'otel-resource-attributes';
  const others = kept.filter((intent) => !isComposed(intent));
  const container = quote(name);
  if (others.length > 0) {
    const detail = () =>
      `container ${container} keeps its own ${listNames(others.map(nameOfIntent), (one) => one)}, with another value`;
    addWarning(findings, 'env-kept', 'env', detail);
  }
  for (const intent of kept.filter(isComposed)) {
    const detail = () =>
      `container ${container} keeps its own ${nameOfIntent(intent)}; to have both, request OTEL_OURS=otel and write "team=a,$(OTEL_OURS)" there`;
    addWarning(findings, 'env-kept', 'env', detail);
  }
}

function warnOfOutdated(intent: ResolvedEnvIntent, { name }: Container, warnings: ContainerWarnings): void {
  const variable = nameOfIntent(intent);
  const detail = (names: readonly string[]) =>
    `${listContainers(names)} ${names.length > 1 ? 'keep' : 'keeps'} ${variable} as it was injected earlier, although its value is now another one`;
  warnings.add('value-outdated', variable, name, detail);
}

function warnOfLeftOut(
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
    case 'workload-unnamed': {
      const detail = () =>
        `${variable} is left out, because the name of the ${facts.workload?.kind} is generated; the webhook adds it to each pod`;
      warnings.add('workload-name-unknown', variable, name, detail);
      return;
    }
    default:
      why satisfies never;
  }
}

/** Warns about a reference that Kubernetes leaves as it is, because no earlier variable has the name. */
function warnOfReference(name: string, reference: string, container: Container, request: EnvRequest): void {
  const { intents, warnings } = request;
  const intent = intents.get(name);
  if (intent === undefined || (container.envFrom ?? []).length > 0 || isServiceVariable(reference)) return;
  const [variable, shown] = [nameOfIntent(intent), quote(`$(${reference})`)];
  const isLater = reference !== name && intents.has(reference);
  const detail = (names: readonly string[]) =>
    isLater
      ? `${variable} has ${shown}, but ${nameOfIntent({ name: reference })} is requested after it; request it before`
      : `${variable} has ${shown}, but ${listContainers(names)} ${names.length > 1 ? 'have' : 'has'} no such variable`;
  warnings.add(isLater ? 'reference-too-early' : 'reference-undefined', `${name} ${reference}`, container.name, detail);
}
