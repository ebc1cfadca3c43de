import type { ValueParser } from '../annotations/parsed-value.ts';

/** A setting of the server: a flag, an environment variable, and a key of the configuration file. */
export interface Setting<T> {
  readonly placeholder: string;
  readonly meaning: string;
  /** As a user would write it; absent if there is none. */
  readonly default?: string;
  readonly parse: ValueParser<T>;
  /** The only words that the setting accepts; a list of them if the placeholder is plural. */
  readonly words?: readonly string[];
}
