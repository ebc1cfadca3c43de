/** Something that whoever called the program can mend; the message says what. Ends it with exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
