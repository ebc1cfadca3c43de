import { annotationField } from '../../annotations/annotation-keys.ts';
import { addWarning } from '../../annotations/annotation-warning.ts';
import { formatDownwardSource, sameDivisor } from '../../annotations/downward-source.ts';
import type { EnvSource } from '../../annotations/env-source.ts';
import type { Names } from '../../annotations/injection-status.ts';
import type { FieldError } from '../../diagnostics/field-error.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { listNames, printable, quote } from '../../diagnostics/text.ts';
import type { Container, EnvVar } from '../../kubernetes/pod.ts';
import { emptyPart, type PlanContext, type PlannedPart, type ShownResource } from '../patch/injection-part.ts';
import type { PodAddition } from '../patch/patch-target.ts';
import { type EnvIntent, otelAttributes } from './env-items.ts';
import { envVar, sameVariable } from './env-var.ts';

/** Consecutive variables, and the index of the first one in the container's `env` after the earlier ones were added. */
interface PlacedVariables {
  readonly at: number;
  readonly values: readonly EnvVar[];
}

/** What a container gets. */
interface ContainerVariables {
  readonly variables: readonly PlacedVariables[];
  /** The names of all these variables. */
  readonly names: Names;
}

/**
 * Plans the variables of each target container. They go in front of the container's own, so that `$(POD_NAME)` works in
 * those, and in the command and args. A variable that the container already has is not added.
 */
export function planEnv(requested: readonly EnvIntent[], context: PlanContext): PlannedPart {
  const intents = withoutRepeats(requested, context.findings);
  if (intents.size === 0) return emptyPart;
  const common = commonVariables(intents);
  const additions: PodAddition[] = [];
  const env = new Map<string, Names>();
  const resources: ShownResource[] = [];
  for (const { list, index, container } of context.targets) {
    const own = ownAmong(intents, container);
    const planned = own.size === 0 && common !== undefined ? common : planContainer(container, intents, own, context);
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
  return { additions, names: { env }, resources };
}

/**
 * Returns what a container that has none of the variables gets. All such containers share it, so that a pod with many of
 * them costs little more. Undefined if the value of a variable depends on its container.
 */
function commonVariables(intents: Intents): ContainerVariables | undefined {
  const values: EnvVar[] = [];
  for (const intent of intents.values()) {
    const { kind } = intent.source;
    if (kind !== 'field' && kind !== 'resource' && kind !== 'text') return undefined;
    values.push(envVar(intent, '', []));
  }
  return { variables: [{ at: 0, values }], names: new Set(intents.keys()) };
}

/** Returns the container's own variables that have a requested name. Of several with the same name, the last one takes effect. */
function ownAmong(intents: Intents, { env }: Container): OwnVariables {
  let own: Map<string, { variable: EnvVar; index: number }> | undefined;
  for (let index = 0; index < (env?.length ?? 0); index++) {
    const variable = env?.[index];
    if (variable === undefined || !intents.has(variable.name)) continue;
    own ??= new Map();
    own.set(variable.name, { variable, index });
  }
  return own ?? none;
}

/** The requested variables by name, in the order of the annotation. */
type Intents = ReadonlyMap<string, EnvIntent>;
type OwnVariables = ReadonlyMap<string, { readonly variable: EnvVar; readonly index: number }>;

const none: OwnVariables = new Map();

/** Returns each requested variable once. A name with two sources is an error. */
function withoutRepeats(requested: readonly EnvIntent[], findings: Findings): Intents {
  const byName = new Map<string, EnvIntent>();
  const reported = new Set<string>();
  for (const intent of requested) {
    const earlier = byName.get(intent.name);
    if (earlier === undefined) {
      byName.set(intent.name, intent);
    } else if (!sameEnvSource(earlier.source, intent.source) && !reported.has(intent.name)) {
      reported.add(intent.name);
      findings.errors.push(() => requestedTwice(earlier, intent));
    }
  }
  return byName;
}

function requestedTwice(earlier: EnvIntent, { name, source }: EnvIntent): FieldError {
  const both = `${formatEnvSource(earlier.source)} and as ${formatEnvSource(source)}`;
  const detail = `it is requested as ${both}; give one of them another NAME`;
  return { field: annotationField('env'), kind: 'Duplicate', value: name, detail };
}

function formatEnvSource(source: EnvSource): string {
  if (source.kind === 'text') return quote(source.text);
  return quote(source.kind === 'field' || source.kind === 'resource' ? formatDownwardSource(source) : 'otel');
}

function planContainer(
  container: Container,
  intents: Intents,
  own: OwnVariables,
  { status, findings }: PlanContext,
): ContainerVariables {
  const injected = status.env.get(container.name);
  const kept: string[] = [];
  const first: EnvVar[] = [];
  const later: { after: number; variable: EnvVar }[] = []; // `after` is the index of the container's own variable before it
  for (const intent of intents.values()) {
    const { name, source } = intent;
    const variable = envVar(intent, container.name, kept); // `kept` is complete: what it is composed of comes earlier
    const existing = own.get(name);
    if (existing !== undefined) {
      if (!injected?.has(name) && !sameVariable(existing.variable, variable, container)) kept.push(name);
      continue;
    }
    const after = source.kind === 'otel-resource-attributes' ? lastOtelVariable(own) : undefined;
    if (after === undefined) first.push(variable);
    else later.push({ after, variable });
  }
  for (const annotation of ['env', 'ambassador-kubeconfig'] as const) {
    const names = kept.filter((name) => (intents.get(name)?.annotation ?? 'env') === annotation);
    if (names.length === 0) continue;
    const detail = () =>
      `container ${quote(container.name)} keeps its own ${listNames(names, printable)}, with another value`;
    addWarning(findings, 'env-kept', annotation, detail);
  }
  const variables = [
    ...(first.length > 0 ? [{ at: 0, values: first }] : []),
    ...later.map(({ after, variable }) => ({ at: first.length + after + 1, values: [variable] })),
  ];
  return { variables, names: new Set(variables.flatMap(({ values }) => values.map(({ name }) => name))) };
}

/** Returns the index of the last of the container's own variables that it may refer to: `$(VAR)` sees only earlier ones. */
function lastOtelVariable(own: OwnVariables): number | undefined {
  const indexes = otelAttributes.flatMap(({ variable }) => own.get(variable)?.index ?? []);
  return indexes.length > 0 ? Math.max(...indexes) : undefined;
}

function sameEnvSource(one: EnvSource, other: EnvSource): boolean {
  if (one.kind === 'field' && other.kind === 'field') return one.fieldPath === other.fieldPath;
  if (one.kind === 'resource' && other.kind === 'resource') {
    return one.resource === other.resource && sameDivisor(one.divisor, other.divisor);
  }
  if (one.kind === 'text' && other.kind === 'text') return one.text === other.text;
  return one.kind === other.kind;
}
