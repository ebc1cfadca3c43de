import type { EnvSource } from '../../../src/annotations/env-source.ts';
import { formatStatus, statusOf } from '../../../src/annotations/injection-status.ts';
import { emptyFindings } from '../../../src/diagnostics/findings.ts';
import { compileEnv } from '../../../src/injection/env/compile-env.ts';
import type { EnvIntent } from '../../../src/injection/env/env-items.ts';
import { buildPatch } from '../../../src/injection/patch/build-patch.ts';
import type { PodOrigin } from '../../../src/injection/patch/injection-part.ts';
import { additionsByPath } from '../../../src/injection/patch/patch-target.ts';
import { applyChecked } from '../../../src/injection/patch/self-check.ts';
import { planInjection } from '../../../src/injection/plan-injection.ts';
import { resolveSources } from '../../../src/injection/resolve-sources.ts';
import { decodePod } from '../../../src/kubernetes/decode-pod.ts';
import { containersOf, type EnvVar, type Pod } from '../../../src/kubernetes/pod.ts';
import { defaultOptions } from '../../golden/default-options.ts';

/** What a pod gets for intents, without annotations. */
export interface PlannedEnv {
  readonly pod: Pod;
  /** The variables by container. */
  readonly env: Readonly<Record<string, readonly EnvVar[]>>;
  /** Each as `code: detail`. */
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
}

export interface EnvSettings extends Partial<PodOrigin> {
  readonly clusterName?: string;
  readonly port?: number;
}

/** Returns an intent. */
export function request(name: string, source: EnvSource): EnvIntent {
  return { name, source };
}

/** Returns what a pod gets for these intents. */
export function plannedEnv(given: unknown, env: readonly EnvIntent[], settings: EnvSettings = {}): PlannedEnv {
  const { clusterName, port, ...origin } = settings;
  const decoding = decodePod(given);
  if (decoding.kind === 'invalid') throw new Error(JSON.stringify(decoding.errors));
  const { pod } = decoding;
  const findings = emptyFindings();
  const { ambassador } = defaultOptions;
  const intents = {
    env,
    volume: undefined,
    ambassador: port === undefined ? undefined : { ...ambassador, port },
    containers: undefined,
  };
  const resolved = { ...resolveSources(intents, clusterName, findings), ambassador: undefined };
  const context = { pod, origin: { namespace: 'default', ...origin }, status: statusOf(pod), findings };
  const { kubernetesVersion } = defaultOptions;
  const request = { profiles: [], intents: resolved, env: compileEnv(resolved.env ?? []), findings: emptyFindings() };
  const others = { volume: undefined, ambassador: undefined };
  const plan = planInjection({ ...request, ...others }, { ...context, kubernetesVersion, clusterName });
  const warnings = findings.warnings.first.map(({ code, detail }) => `${code}: ${detail}`);
  const errors = findings.errors.first.map(({ value = '', detail }) => `${value}: ${detail}`);
  if (plan.kind === 'invalid') return { pod, env: {}, warnings, errors };
  const patch = additionsByPath(buildPatch(pod, plan.additions, formatStatus(plan.status)));
  const patched = applyChecked(pod, patch);
  const byContainer = containersOf(patched.spec).map((one) => [one.name, one.env ?? []]);
  return { pod: patched, env: Object.fromEntries(byContainer), warnings, errors };
}
