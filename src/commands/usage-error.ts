/** A mistake that the user can correct, which the message describes. It ends the program with exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
