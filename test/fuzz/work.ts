import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FoundCase } from './found.ts';

export interface WorkReport {
  readonly cases: number;
  /** The number of cases with anything that grows. */
  readonly measured: number;
  readonly found: FoundCase | undefined;
}

/** Measures the work of enlarged cases, in a process of their own. */
export async function runWork(seed: number, cases: number): Promise<WorkReport> {
  const child = fork(join(import.meta.dirname, 'work-process.ts'), [String(seed), String(cases)]);
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the measuring process exited with ${code}`)),
  );
  const [report] = await Promise.race([once(child, 'message'), ended]);
  return report as WorkReport;
}
