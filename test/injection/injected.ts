import assert from 'node:assert/strict';
import type { Outcome } from '../../src/injection/decision.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';
import type { InjectionOptions } from '../../src/injection/injection-options.ts';
import type { Container, Pod, PodSpec } from '../../src/kubernetes/pod.ts';
import { defaultOptions } from '../golden/default-options.ts';

/** Returns a pod with these annotations, named without the prefix, and one container `main` unless the spec has others. */
export function podWith(annotations: Readonly<Record<string, unknown>>, spec: object = {}): Pod {
  const prefixed = Object.entries(annotations).map(([name, value]) => [`downlink.dev/${name}`, value]);
  return {
    metadata: { name: 'test', annotations: Object.fromEntries(prefixed) },
    spec: { containers: [{ name: 'main' }], ...spec },
  };
}

export function outcomeOf(pod: Pod, options: Partial<InjectionOptions> = {}): Outcome {
  return injectPod(pod, { namespace: 'default' }, { ...defaultOptions, ...options });
}

export interface Injected {
  readonly pod: Pod;
  readonly spec: PodSpec;
  /** The codes of the warnings. */
  readonly warnings: readonly string[];
  readonly container: (name: string) => Container;
}

/** Returns the pod after injection. Fails if it is denied. */
export function injected(pod: Pod, options: Partial<InjectionOptions> = {}): Injected {
  const outcome = outcomeOf(pod, options);
  assert.notEqual(outcome.kind, 'denied', JSON.stringify(outcome));
  const patched = outcome.kind === 'injected' ? outcome.pod : pod;
  const spec = patched.spec ?? {};
  return {
    pod: patched,
    spec,
    warnings: outcome.kind === 'denied' ? [] : outcome.warnings.first.map(({ code }) => code),
    container: (name) => {
      const all = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
      const found = all.find((container) => container.name === name);
      assert.ok(found, `no container ${name}`);
      return found;
    },
  };
}

/** Returns the errors of a denied pod, each as kind, annotation, and value: `NotFound containers "web"`. */
export function denials(pod: Pod, options: Partial<InjectionOptions> = {}): readonly string[] {
  const outcome = outcomeOf(pod, options);
  if (outcome.kind !== 'denied') return [];
  return outcome.errors.first.map(({ kind, field, value }) => {
    const [, name] = /^metadata\.annotations\[downlink\.dev\/(.*)\]$/.exec(field) ?? [];
    return `${kind} ${name ?? field}${value === undefined ? '' : ` ${JSON.stringify(value)}`}`;
  });
}
