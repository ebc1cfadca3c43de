import { annotationField } from '../../annotations/annotation-keys.ts';
import { warn } from '../../annotations/annotation-warning.ts';
import { formatDownwardSource, sameDivisor } from '../../annotations/downward-source.ts';
import type { InjectionStatus, Names } from '../../annotations/injection-status.ts';
import type { FieldError } from '../../diagnostics/field-error.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { listNames, printable, quote } from '../../diagnostics/text.ts';
import type { Container, ContainerPlace, EnvVar } from '../../kubernetes/pod.ts';
import { type EnvIntent, type EnvSource, otelAttributes } from './env-items.ts';
import { envVar, sameVariable } from './env-var.ts';

/** Variables to add to one container. */
export interface EnvAddition {
  readonly place: ContainerPlace;
  readonly variables: readonly PlacedVariables[];
  /** Of all these variables. */
  readonly names: Names;
}

/** Variables that follow each other, and the first one's index in the container's `env` when those before are in. */
interface PlacedVariables {
  readonly at: number;
  readonly values: readonly EnvVar[];
}

/**
 * Decides which variables each target container gets. They go in front of its own, so that `$(POD_NAME)` works in
 * these, in its command and its args; what it already has is not added.
 */
export function planEnv(
  targets: readonly ContainerPlace[],
  asked: readonly EnvIntent[],
  status: InjectionStatus,
  findings: Findings,
): readonly EnvAddition[] {
  const intents = withoutRepeats(asked, findings);
  if (intents.size === 0) return [];
  const usual = usualVariables(intents);
  const additions: EnvAddition[] = [];
  for (const place of targets) {
    const own = ownAmong(intents, place.container);
    if (own.size === 0 && usual !== undefined) {
      additions.push({ place, ...usual });
      continue;
    }
    const injected = status.env.get(place.container.name);
    const variables = planContainer(place.container, intents, own, injected, findings);
    if (variables.length > 0) additions.push({ place, variables, names: namesOf(variables) });
  }
  return additions;
}

/**
 * What a container gets that has none of the variables itself: one list for all of these containers, so that a pod of
 * many costs little more than their number. Undefined where a variable's value depends on its container.
 */
function usualVariables(intents: Intents): Omit<EnvAddition, 'place'> | undefined {
  const values: EnvVar[] = [];
  for (const intent of intents.values()) {
    if (intent.source.kind === 'otelResourceAttributes') return undefined;
    values.push(envVar(intent, '', []));
  }
  return { variables: [{ at: 0, values }], names: new Set(intents.keys()) };
}

function namesOf(variables: readonly PlacedVariables[]): Names {
  return new Set(variables.flatMap(({ values }) => values.map(({ name }) => name)));
}

/** The container's own variables of the names asked for; of one name the last, which is the one that counts. */
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

/** What is asked for by NAME, in the order asked. */
type Intents = ReadonlyMap<string, EnvIntent>;
type OwnVariables = ReadonlyMap<string, { readonly variable: EnvVar; readonly index: number }>;

const none: OwnVariables = new Map();

/** Each NAME once. One NAME with two sources is an error. */
function withoutRepeats(asked: readonly EnvIntent[], findings: Findings): Intents {
  const byName = new Map<string, EnvIntent>();
  const reported = new Set<string>();
  for (const intent of asked) {
    const earlier = byName.get(intent.name);
    if (earlier === undefined) {
      byName.set(intent.name, intent);
    } else if (!sameEnvSource(earlier.source, intent.source) && !reported.has(intent.name)) {
      reported.add(intent.name);
      findings.errors.push(() => askedForTwice(earlier, intent));
    }
  }
  return byName;
}

function askedForTwice(earlier: EnvIntent, { name, source }: EnvIntent): FieldError {
  const both = `${formatEnvSource(earlier.source)} and as ${formatEnvSource(source)}`;
  const detail = `it is asked for as ${both}; give one of them another NAME`;
  return { field: annotationField('env'), kind: 'Duplicate', value: name, detail };
}

function formatEnvSource(source: EnvSource): string {
  return quote(source.kind === 'otelResourceAttributes' ? 'otel' : formatDownwardSource(source));
}

function planContainer(
  container: Container,
  intents: Intents,
  own: OwnVariables,
  injected: Names | undefined,
  findings: Findings,
): readonly PlacedVariables[] {
  const kept: string[] = [];
  const front: EnvVar[] = [];
  const behind: { after: number; variable: EnvVar }[] = [];
  for (const intent of intents.values()) {
    const { name, source } = intent;
    const variable = envVar(intent, container.name, kept); // a group's variables come before what is composed of them
    const existing = own.get(name);
    if (existing !== undefined) {
      if (!injected?.has(name) && !sameVariable(existing.variable, variable, container)) kept.push(name);
      continue;
    }
    const after = source.kind === 'otelResourceAttributes' ? lastIndexOfItsVariables(own) : undefined;
    if (after === undefined) front.push(variable);
    else behind.push({ after, variable });
  }
  if (kept.length > 0) {
    const detail = () =>
      `container ${quote(container.name)} keeps its own ${listNames(kept, printable)}, with another value`;
    warn(findings, 'env-kept', 'env', detail);
  }
  return [
    ...(front.length > 0 ? [{ at: 0, values: front }] : []),
    ...behind.map(({ after, variable }) => ({ at: front.length + after + 1, values: [variable] })),
  ];
}

/** `$(VAR)` resolves against earlier variables only: the index of the last one that the container itself has. */
function lastIndexOfItsVariables(own: OwnVariables): number | undefined {
  const indexes = otelAttributes.flatMap(({ variable }) => own.get(variable)?.index ?? []);
  return indexes.length > 0 ? Math.max(...indexes) : undefined;
}

function sameEnvSource(one: EnvSource, other: EnvSource): boolean {
  if (one.kind === 'field' && other.kind === 'field') return one.fieldPath === other.fieldPath;
  if (one.kind === 'resource' && other.kind === 'resource') {
    return one.resource === other.resource && sameDivisor(one.divisor, other.divisor);
  }
  return one.kind === other.kind;
}
