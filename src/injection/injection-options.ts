import type { KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import type { AmbassadorIntent } from './ambassador/ambassador-options.ts';
import type { AmbassadorPolicy } from './patch/injection-part.ts';
import type { Profiles } from './profile.ts';

/** What the operator of a cluster decides for every pod. */
export interface InjectionOptions {
  /** The version of the API server; undefined if it is unknown. */
  readonly kubernetesVersion: KubernetesVersion | undefined;
  /** Whether a pod with mistakes is rejected, or let through without injection but with warnings. */
  readonly onInvalid: 'deny' | 'warn';
  /** The name of the cluster; undefined if it has none. */
  readonly clusterName: string | undefined;
  readonly profiles: Profiles;
  readonly ambassador: AmbassadorIntent & {
    /** The user ID of the ambassador; undefined leaves it to platforms that assign user IDs. */
    readonly runAsUser: number | undefined;
    readonly policy: AmbassadorPolicy;
  };
}
