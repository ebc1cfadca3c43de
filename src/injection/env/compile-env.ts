import type { OtelSource } from '../../annotations/env-source.ts';
import type { Names } from '../../annotations/injection-status.ts';
import { emptyFindings, type Findings } from '../../diagnostics/findings.ts';
import { constant } from '../../json/json-patch.ts';
import type { EnvVar } from '../../kubernetes/pod.ts';
import { otelVariables } from './env-items.ts';
import { fixedVariable, isOfContainer } from './env-var.ts';
import { type PlacedVariables, placeVariables, type ReferringVariable } from './place-variables.ts';
import { withoutRepeats } from './requested-variables.ts';
import type { ResolvedEnvIntent } from './resolved-env.ts';
import { referencesIn } from './variable-references.ts';

/** The variables that a pod requests, with everything about them that does not depend on the pod. */
export interface RequestedEnv {
  /** By name, in the order of the annotation. */
  readonly variables: ReadonlyMap<string, RequestedVariable>;
  /** The names of the requested variables, and of those to which their values may refer. */
  readonly relevant: Names;
  /** What a container gets that has none of the relevant variables; undefined if that depends on the pod or the container. */
  readonly whole: ContainerVariables | undefined;
  /** The source of the first variable that is composed of attributes; undefined if there is none. */
  readonly otel: OtelSource | undefined;
  /** The characters of the fixed variables, as JSON. */
  readonly fixedCharacters: number;
  /** Whether all containers that have none of the relevant variables get the same. */
  readonly isShared: boolean;
  /** What is wrong with the request, whatever the pod. */
  readonly findings: Findings;
}

/** A requested variable. */
export interface RequestedVariable {
  readonly intent: ResolvedEnvIntent;
  /** The variable with its references, if every container that gets it gets the same; else undefined. */
  readonly fixed: ReferringVariable | undefined;
  /** The names of the variables to which its text refers, each once. */
  readonly references: readonly string[];
}

/** What a container gets. */
export interface ContainerVariables {
  readonly placed: readonly PlacedVariables[];
  /** The names of all these variables. */
  readonly names: Names;
  /** The resources that they show, each with the name of its variable. */
  readonly resources: readonly { readonly name: string; readonly resource: string }[];
  /** The references that Kubernetes leaves as they are, because no earlier variable of the container has the name. */
  readonly unseen: readonly UnseenReference[];
}

/** A reference `$(reference)` in the variable `name`. */
export interface UnseenReference {
  readonly name: string;
  readonly reference: string;
}

/** Prepares the variables that a pod requests. A name with two sources is an error. */
export function compileEnv(intents: readonly ResolvedEnvIntent[]): RequestedEnv {
  const findings = emptyFindings();
  const variables = new Map<string, RequestedVariable>();
  for (const [name, intent] of withoutRepeats(intents, findings)) variables.set(name, compileVariable(intent));
  const fixed = [...variables.values()].flatMap((variable) => variable.fixed ?? []);
  const whole = fixed.length === variables.size ? placeAdded(fixed, () => undefined) : undefined;
  for (const { values } of whole?.placed ?? []) constant(values);
  return {
    variables,
    relevant: relevantNames(variables),
    whole,
    fixedCharacters: fixed.reduce((sum, { variable }) => sum + JSON.stringify(variable).length, 0),
    otel: otelSourceIn(variables),
    isShared: ![...variables.values()].some(({ intent }) => isOfContainer(intent.source)),
    findings,
  };
}

function otelSourceIn(variables: RequestedEnv['variables']): OtelSource | undefined {
  for (const { intent } of variables.values()) {
    if (intent.source.kind === 'otel-resource-attributes') return intent.source;
  }
  return undefined;
}

function compileVariable(intent: ResolvedEnvIntent): RequestedVariable {
  const references = intent.source.kind === 'text' ? referencesIn(intent.source.text) : [];
  const variable = fixedVariable(intent);
  return { intent, references, fixed: variable && { variable: constant(variable), references } };
}

function relevantNames(variables: RequestedEnv['variables']): Names {
  const names = new Set(variables.keys());
  for (const { intent, references } of variables.values()) {
    for (const name of references) names.add(name);
    if (intent.source.kind === 'otel-resource-attributes')
      for (const { variable } of otelVariables) names.add(variable);
  }
  return names;
}

/** Places the variables that a container lacks. `ownIndex` is the index of the container's own variable of a name. */
export function placeAdded(
  added: readonly ReferringVariable[],
  ownIndex: (name: string) => number | undefined,
): ContainerVariables {
  const unseen: UnseenReference[] = [];
  const see = ({ name }: EnvVar, reference: string) => unseen.push({ name, reference });
  const placed = placeVariables(added, ownIndex, see);
  const resources = added.flatMap(({ variable: { name, valueFrom } }) => {
    const resource = valueFrom?.resourceFieldRef?.resource;
    return resource === undefined ? [] : { name, resource };
  });
  return { placed, names: new Set(added.map(({ variable }) => variable.name)), resources, unseen };
}
