/** The number of times that each outcome was reached. */
export type Tally = Record<string, number>;

export function count(tally: Tally, outcome: string, by = 1): void {
  tally[outcome] = (tally[outcome] ?? 0) + by;
}

export function addTo(tally: Tally, other: Readonly<Tally>): void {
  for (const [outcome, by] of Object.entries(other)) count(tally, outcome, by);
}

/** Returns a Markdown table, sorted by frequency. */
export function table(heading: string, tally: Readonly<Tally>): string {
  const rows = Object.entries(tally).sort(([, one], [, other]) => other - one);
  return [`| ${heading} | times |`, '|---|---|', ...rows.map(([name, times]) => `| ${name} | ${times} |`)].join('\n');
}
