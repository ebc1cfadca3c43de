/** The parts of Pepr that serve.ts uses. Pepr is installed only where the benchmark runs. */
declare module 'pepr' {
  import type { ListenOptions } from 'node:net';

  /** The request of a review; `Raw` is a copy of the object, whose changes become the patch. */
  interface Request<T> {
    readonly Raw: T;
  }
  interface Binding<T> {
    readonly IsCreated: () => { readonly Mutate: (action: (request: Request<T>) => void) => unknown };
  }
  export const a: { readonly Pod: new () => unknown };
  export class Capability {
    constructor(options: { name: string; description: string });
    readonly When: <T>(model: new () => unknown) => Binding<T>;
  }
  export class PeprModule {
    constructor(settings: { description: string; pepr: object }, capabilities: Capability[], options: object);
    /** Starts the server. Pepr's own type is a port, which it passes to `listen`. */
    readonly start: (listen: ListenOptions) => void;
  }
}
