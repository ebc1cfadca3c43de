import { median } from './statistics.ts';
import { downlinkName, figures, floorName, labelOf, type PodRounds } from './tables.ts';

const panels = [
  { figure: 'perSecond', title: 'Reviews per second (longer is better)', x: 190 },
  { figure: 'cpu', title: 'CPU time per review in µs (shorter is better)', x: 540 },
] as const;
const width = 900;
const longest = 250; // pixels of the longest bar of a panel
const barHeight = 16;
const rowHeight = 22;
const headHeight = 44; // of the titles of the panels
const podHeight = 30; // of the name of a pod

const style = [
  'text{font:13px system-ui,sans-serif;fill:#1f2328}',
  '.head{font-weight:600}',
  'rect{fill:#8c959f}',
  '.page{fill:#fff}',
  '.floor{fill:#d0d7de}',
  '.downlink{fill:#0969da}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#6e7681}.page{fill:#0d1117}.floor{fill:#3d444d}.downlink{fill:#4493f8}}',
].join('');

/**
 * Returns a bar chart as SVG: for each pod and server, the medians of throughput and CPU time. The bars of one pod and one
 * figure have the same scale.
 */
export function barChart(pods: readonly PodRounds[]): string {
  const drawn: string[] = panels.map(({ title, x }) => text(x, 24, title, 'head'));
  let y = headHeight;
  for (const { pod, rounds } of pods) {
    const names = [...(rounds[0]?.keys() ?? [])];
    drawn.push(text(8, y + 18, `${pod.name.replace(/^./, (first) => first.toUpperCase())} pod`, 'head'));
    drawn.push(text(190, y + 18, labelOf(pod).replace(/^.*, /, 'review of '), ''));
    y += podHeight;
    drawn.push(...names.map((name, index) => text(8, y + index * rowHeight + 13, name, '')));
    for (const { figure, x } of panels) {
      const values = names.map((name) => median(figures(rounds, name, figure)));
      const most = Math.max(...values);
      for (const [index, value] of values.entries()) {
        const top = y + index * rowHeight;
        const length = (value / most) * longest;
        drawn.push(bar(x, top, length, classOf(names[index])), text(x + length + 6, top + 13, digits(value), ''));
      }
    }
    y += names.length * rowHeight + 8;
  }
  const page = '<rect class="page" width="100%" height="100%"/>';
  const label = `Throughput and CPU time of ${pods.map(({ pod }) => pod.name).join(', ')} pods`;
  const opening = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" role="img" aria-label="${label}">`;
  return `${[opening, `<style>${style}</style>`, page, ...drawn, '</svg>'].join('\n')}\n`;
}

function classOf(name: string | undefined): string {
  if (name === floorName) return 'floor';
  return name === downlinkName ? 'downlink' : '';
}

function bar(x: number, y: number, length: number, name: string): string {
  return `<rect${attribute(name)} x="${x}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}"/>`;
}

function text(x: number, y: number, content: string, name: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text${attribute(name)} x="${x.toFixed(0)}" y="${y}">${escaped}</text>`;
}

function attribute(name: string): string {
  return name === '' ? '' : ` class="${name}"`;
}

function digits(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
