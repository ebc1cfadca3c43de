/** An object that creates pods, by its kind and name: a Deployment, a CronJob, a custom resource. */
export interface Workload {
  readonly kind: string;
  /** Undefined if the API server generates it when the object is created. */
  readonly name: string | undefined;
}
