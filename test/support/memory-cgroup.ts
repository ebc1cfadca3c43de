import assert from 'node:assert/strict';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

const removalTimeout = 5000; // milliseconds

/** A cgroup with a memory limit, as a container has one. */
export interface MemoryGroup {
  /** The command and arguments that run what follows them in the group. */
  readonly launcher: readonly string[];
  /** Returns the highest memory usage so far, in bytes. */
  readonly peak: () => number;
  /** Returns how many processes the kernel has killed because the group was out of memory. */
  readonly killed: () => number;
  /** Removes the group; its processes must have ended. */
  readonly remove: () => Promise<void>;
}

/** The files of cgroups v1 and v2. */
const versions = [
  {
    root: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    swap: undefined,
    peak: 'memory.max_usage_in_bytes',
    events: 'memory.oom_control',
  },
  {
    root: '/sys/fs/cgroup',
    limit: 'memory.max',
    swap: 'memory.swap.max',
    peak: 'memory.peak',
    events: 'memory.events',
  },
] as const;

let made = 0;

/** Creates a cgroup with a memory limit in bytes, or explains why this machine allows none. */
export function makeMemoryGroup(bytes: number): MemoryGroup | { readonly unavailable: string } {
  const version = versions.find(({ root, events }) => existsSync(join(root, events)) || isUnified(root));
  if (version === undefined) return { unavailable: 'no cgroup has the memory controller' };
  const group = join(version.root, `downlink-test-${process.pid}-${made++}`);
  try {
    accessSync(version.root, constants.W_OK);
    if (version.swap !== undefined) writeFileSync(join(version.root, 'cgroup.subtree_control'), '+memory');
    mkdirSync(group);
    writeFileSync(join(group, version.limit), String(bytes));
    if (version.swap !== undefined) writeFileSync(join(group, version.swap), '0');
  } catch (error) {
    return { unavailable: `no cgroup can be created in ${version.root}: ${error}` };
  }
  const read = (file: string) => readFileSync(join(group, file), 'utf8');
  return {
    launcher: ['/bin/sh', '-c', `echo $$ > '${join(group, 'cgroup.procs')}' && exec "$@"`, 'sh'],
    peak: () => Number(existsSync(join(group, version.peak)) ? read(version.peak) : Number.NaN),
    killed: () => Number(/^oom_kill (\d+)$/m.exec(read(version.events))?.[1]),
    // the kernel keeps the group busy for a moment after its last process
    remove: () => eventually(() => assert.ok(isRemoved(group), `${group} cannot be removed`), removalTimeout),
  };
}

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Reports whether cgroups v2 is mounted and has the memory controller. */
function isUnified(root: string): boolean {
  const controllers = join(root, 'cgroup.controllers');
  return existsSync(controllers) && readFileSync(controllers, 'utf8').split(/\s/).includes('memory');
}
