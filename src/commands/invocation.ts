/** A stream that a command writes to. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/**
 * One run of the program: the members of Node's `process` that commands use. main.ts passes the process itself; tests
 * run commands with streams and an environment of their own.
 */
export interface Invocation {
  /** The executable, the script, then the arguments. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Set by a command that does not end with 0. */
  exitCode?: number | string | null | undefined;
  readonly on: (event: 'SIGINT', listener: () => void) => unknown;
}
