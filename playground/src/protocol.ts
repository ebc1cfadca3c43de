import type { ManifestFinding, PodExplanation } from '../../src/index.ts';

/** What the page works on: the text of both editors, and the choices beside them. */
export interface PlaygroundInput {
  readonly manifest: string;
  readonly settings: string;
  /** As in `--kubernetes-version`; empty if it is unknown. */
  readonly kubernetesVersion: string;
}

/** What the page asks of the worker. */
export type EngineRequest =
  | { readonly kind: 'evaluate'; readonly input: PlaygroundInput }
  | {
      readonly kind: 'annotate';
      readonly manifest: string;
      /** The index of the Pod or workload among those of the manifest. */
      readonly pod: number;
      /** By full key; undefined removes an annotation. */
      readonly annotations: Readonly<Record<string, string | undefined>>;
    };

/** A place in the settings, and what is wrong there. */
export interface SettingsProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** A Pod or workload that the builder can write annotations to. */
export interface AnnotatedPod {
  /** As kubectl prints it: `Deployment/web`. */
  readonly name: string;
  readonly containers: readonly string[];
  /** The Downlink annotations, by full key. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Everything that the page shows about its input. */
export interface Evaluation {
  readonly kind: 'evaluation';
  /** Whether the result is still to come: of a long manifest, the findings come first. */
  readonly isPartial: boolean;
  readonly settingsProblems: readonly SettingsProblem[];
  /** The injected manifest; undefined if there is an error. */
  readonly result: string | undefined;
  /** A unified diff; empty if nothing changes. */
  readonly diff: string;
  readonly explanations: readonly PodExplanation[];
  /** Whether there are pods that are not explained. */
  readonly hasMore: boolean;
  readonly findings: readonly ManifestFinding[];
  readonly pods: readonly AnnotatedPod[];
  /** The names of the profiles in the settings. */
  readonly profiles: readonly string[];
  /** Whether the result depends on the Kubernetes version, which is unknown. */
  readonly needsVersion: boolean;
}

/** What the worker answers. `failed` has a sentence for the user. */
export type EngineReply =
  | Evaluation
  | { readonly kind: 'annotated'; readonly manifest: string }
  | { readonly kind: 'failed'; readonly problem: string };
