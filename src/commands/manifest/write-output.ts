import type { Invocation } from '../invocation.ts';

/**
 * Writes all of a command's output at once. Nothing is written before, so that an interrupt leaves no partial output.
 * An interrupt during the write takes effect after it.
 */
export function writeOutput(text: string, invocation: Invocation): void {
  invocation.on('SIGINT', () => {
    invocation.exitCode = 130;
  });
  invocation.stdout.write(text);
}
