import type { Counts } from './load.ts';

/** Prints the results of each fault, and all of them again at the end. */
export interface Table {
  readonly add: (fault: string, counts: Counts) => void;
  readonly print: () => void;
}

const columns = ['requests', 'failures', 'uninjected', 'longest ms', 'first success s', 'last failure s'];

export function createTable(): Table {
  const rows: (readonly [fault: string, counts: Counts])[] = [];
  return {
    add: (fault, counts) => {
      rows.push([fault, counts]);
      console.log(render([[fault, counts]]));
    },
    print: () => console.log(render(rows)),
  };
}

function render(rows: readonly (readonly [string, Counts])[]): string {
  const width = Math.max(...rows.map(([fault]) => fault.length));
  const line = (fault: string, cells: readonly unknown[]) => [
    fault.padEnd(width),
    ...cells.map((cell, index) => String(cell ?? '-').padStart(columns[index]?.length ?? 0)),
  ];
  const head = line('fault', columns).join('  ');
  const body = rows.map(([fault, { requests, failures, uninjected, longest, firstSuccess, lastFailure, causes }]) => {
    const why = Object.entries(causes).map(([cause, count]) => `${count} ${cause}`);
    return [...line(fault, [requests, failures, uninjected, longest, firstSuccess, lastFailure]), ...why].join('  ');
  });
  return [head, ...body].join('\n');
}
