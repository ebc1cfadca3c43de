import { annotationField } from '../../annotations/annotation-keys.ts';
import { addWarning } from '../../annotations/annotation-warning.ts';
import type { Names } from '../../annotations/injection-status.ts';
import { repeatFindings } from '../../diagnostics/findings.ts';
import { listContainers, quote } from '../../diagnostics/text.ts';
import type { Container, EnvVar } from '../../kubernetes/pod.ts';
import { emptyPart, type PlanContext, type PlannedPart, type ShownResource } from '../patch/injection-part.ts';
import type { PodAddition } from '../patch/patch-target.ts';
import { type ContainerVariables, placeAdded, type RequestedEnv } from './compile-env.ts';
import { envFacts } from './env-facts.ts';
import { type PlannedVariable, planVariable, sameVariable } from './env-var.ts';
import { createContainerWarnings } from './env-warnings.ts';
import { otelPrefix } from './otel-resource.ts';
import type { ReferringVariable } from './place-variables.ts';
import type { ResolvedEnvIntent } from './resolved-env.ts';
import { referencesIn } from './variable-references.ts';
import { type EnvRequest, warnOfKept, warnOfLeftOut, warnOfOutdated, warnOfReference } from './variable-warnings.ts';

/**
 * Plans the variables of each target container. They go in front of the container's own, so that `$(POD_NAME)` works in
 * those, and in the command and args. A variable that the container already has is not added.
 */
export function planEnv(requested: RequestedEnv, context: PlanContext): PlannedPart {
  repeatFindings(requested.findings, context.findings);
  if (requested.variables.size === 0) return emptyPart;
  const warnings = createContainerWarnings();
  const request = { requested, facts: envFacts(context), context, warnings };
  reportOtel(request);
  let shared = requested.whole;
  const additions: PodAddition[] = [];
  const env = new Map<string, Names>();
  const shown: ShownResource[] = [];
  for (const { list, index, container } of context.targets) {
    const own = ownAmong(requested.relevant, container);
    // containers that have none of the variables share what they get, so that a pod with many of them costs little more
    const planned = (own.size === 0 && shared) || planContainer(container, own, request);
    if (own.size === 0 && requested.isShared) shared = planned;
    for (const reference of planned.unseen) warnOfReference(reference, container, request);
    if (planned.names.size === 0) continue;
    const target = { kind: 'container-member', list, index, member: 'env' } as const;
    for (const { at, values } of planned.placed) additions.push({ kind: 'elements', target, at, values });
    for (const { name, resource } of planned.resources) {
      shown.push({ name, profile: requested.variables.get(name)?.intent.profile, container, resource });
    }
    env.set(container.name, planned.names);
  }
  warnings.report(context.findings);
  return { additions, names: { env }, resources: shown };
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
function reportOtel({ requested, facts, context: { origin, findings } }: EnvRequest): void {
  const { otel } = requested;
  if (otel === undefined) return;
  if (origin.namespace === undefined) {
    const detail =
      '"otel" needs the namespace of the pod; set metadata.namespace, for example to "default", or --namespace';
    findings.errors.push({ field: annotationField('env'), kind: 'Forbidden', detail });
  }
  for (const { key, why } of facts.otel(otel.readsLabels).leftOut) {
    const detail = () => `the attribute ${quote(key)} of annotation ${quote(otelPrefix + key)} is left out: ${why}`;
    addWarning(findings, 'otel-attribute-left-out', 'env', detail);
  }
}

function planContainer(container: Container, own: OwnVariables, request: EnvRequest): ContainerVariables {
  const { requested, facts, context, warnings } = request;
  const injected = context.status.env.get(container.name);
  const kept: ResolvedEnvIntent[] = [];
  const added: ReferringVariable[] = [];
  const leftOut = new Set<string>();
  const usable = new Set<string>(); // complete for a composed variable: what it is composed of comes earlier
  for (const { intent, fixed, references } of requested.variables.values()) {
    const { name, source } = intent;
    const existing = own.get(name)?.variable;
    if (existing !== undefined && source.kind === 'otel-service-name' && !injected?.has(name)) continue;
    // with a reference that Kubernetes leaves as it is, `--max-old-space-size=$(MEBIBYTES)` would stop Node.js
    const planned: PlannedVariable = references.some((one) => leftOut.has(one))
      ? { kind: 'reference-left-out' }
      : fixed !== undefined
        ? { kind: 'variable', variable: fixed.variable }
        : planVariable(intent, container, facts, (variable) => usable.has(variable));
    if (planned.kind !== 'variable') {
      if (existing !== undefined) continue;
      leftOut.add(name);
      warnOfLeftOut(planned.kind, intent, container, request);
      continue;
    }
    const { variable, tooLong } = planned;
    if (existing === undefined) {
      const isComposed = source.kind === 'otel-resource-attributes';
      added.push(fixed ?? { variable, references: isComposed ? referencesIn(variable.value ?? '') : [] });
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
    else if (variable.value !== undefined) warnOfOutdated(intent, container, request);
  }
  warnOfKept(kept, container, context);
  return placeAdded(added, (name) => own.get(name)?.index);
}
