import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder for what tests and benchmarks build or install once: $XDG_CACHE_HOME/downlink, by default ~/.cache/downlink. */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'downlink');
