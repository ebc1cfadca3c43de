/**
 * Writes all of a command's output at once. Nothing is written before everything is known, so whoever interrupts the
 * work gets none of it; from here on an interrupt waits until all is written.
 */
export function writeOutput(text: string): void {
  process.on('SIGINT', () => {
    process.exitCode = 130;
  });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error; // whoever read it has seen enough
  });
  process.stdout.write(text);
}
