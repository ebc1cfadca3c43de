import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const docs = join(import.meta.dirname, '../../docs');
const page = join(docs, 'performance.md');
const chartFile = 'images/peers.svg';

/** Writes the table of the pods and the chart to the documentation, in place of those of an earlier run. */
export async function writePeersSection(table: readonly string[], chart: string): Promise<void> {
  const image = `![Reviews per second and CPU time per review of each server](${chartFile})`;
  const text = replaceSection(await readFile(page, 'utf8'), 'peers', [...table, '', image]);
  await mkdir(dirname(join(docs, chartFile)), { recursive: true });
  await writeFile(join(docs, chartFile), chart);
  await writeFile(page, text);
}

/** Returns the page with other lines between the comments `<!-- bench: NAME -->` and `<!-- end of bench: NAME -->`. */
export function replaceSection(text: string, name: string, lines: readonly string[]): string {
  const [opening, closing] = [`<!-- bench: ${name} -->\n`, `<!-- end of bench: ${name} -->\n`];
  const start = text.indexOf(opening);
  const end = text.indexOf(closing);
  if (start < 0 || end < start) throw new Error(`the page has no section ${name}`);
  return `${text.slice(0, start + opening.length)}\n${lines.join('\n')}\n\n${text.slice(end)}`;
}
