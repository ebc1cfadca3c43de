import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A cgroup with so much memory, as a container has one. */
export interface MemoryGroup {
  /** What to put before a command, so that it runs in the group. */
  readonly launcher: readonly string[];
  /** The most bytes that were in use. */
  readonly peak: () => number;
  /** How many processes the kernel has ended for want of memory. */
  readonly killed: () => number;
  /** Removes it; its processes must have ended. */
  readonly remove: () => Promise<void>;
}

/** The files of the two versions of cgroups, and how a limit is set there. */
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

/** Makes a cgroup with so many bytes of memory, or says why none can be made here. */
export function makeMemoryGroup(bytes: number): MemoryGroup | { readonly unavailable: string } {
  const version = versions.find(({ root, events }) => existsSync(join(root, events)) || isUnified(root));
  if (version === undefined) return { unavailable: 'there is no cgroup with a memory controller' };
  const group = join(version.root, `downlink-test-${process.pid}-${made++}`);
  try {
    accessSync(version.root, constants.W_OK);
    if (version.swap !== undefined) writeFileSync(join(version.root, 'cgroup.subtree_control'), '+memory');
    mkdirSync(group);
    writeFileSync(join(group, version.limit), String(bytes));
    if (version.swap !== undefined) writeFileSync(join(group, version.swap), '0');
  } catch (error) {
    return { unavailable: `no cgroup can be made in ${version.root}: ${error}` };
  }
  const read = (file: string) => readFileSync(join(group, file), 'utf8');
  return {
    launcher: ['/bin/sh', '-c', `echo $$ > '${join(group, 'cgroup.procs')}' && exec "$@"`, 'sh'],
    peak: () => Number(existsSync(join(group, version.peak)) ? read(version.peak) : Number.NaN),
    killed: () => Number(/^oom_kill (\d+)$/m.exec(read(version.events))?.[1]),
    remove: async () => {
      for (let tries = 0; ; tries++) {
        try {
          rmdirSync(group);
          return;
        } catch (error) {
          if (tries === 50) throw error;
          await new Promise((resolve) => setTimeout(resolve, 20)); // the kernel still tidies up after a process
        }
      }
    },
  };
}

/** Whether the second version of cgroups is there and has memory. */
function isUnified(root: string): boolean {
  const controllers = join(root, 'cgroup.controllers');
  return existsSync(controllers) && readFileSync(controllers, 'utf8').split(/\s/).includes('memory');
}
