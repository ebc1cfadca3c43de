/** Draws docs/images/dashboard.svg: the panels of the dashboard, with the data of a Prometheus that scrapes two replicas under load. */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startMonitoredDownlink } from './monitored-downlink.ts';
import { type RunningPrometheus, startPrometheus } from './prometheus.ts';

const duration = 40; // seconds
const cell = { width: 44, height: 24 }; // pixels of one unit of gridPos
const gap = 6; // pixels between panels
const colors = ['#3274d9', '#37872d', '#e0752d', '#a352cc', '#c4162a', '#0a94a8', '#b58900', '#8f3bb8'];

interface Panel {
  readonly type: 'stat' | 'timeseries';
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
}

interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [time: number, value: number])[];
}

const root = new URL('../../', import.meta.url);
const { panels }: { panels: readonly Panel[] } = JSON.parse(
  await readFile(new URL('deploy/dashboards/downlink.json', root), 'utf8'),
);
const downlink = await startMonitoredDownlink();
const prometheus = await startPrometheus(downlink.targets);
try {
  const start = Date.now() / 1000;
  while (Date.now() / 1000 < start + duration) {
    const phase = (Date.now() / 1000 - start) / duration;
    for (let round = 0; round < 2 + 3 * Math.sin(phase * Math.PI); round++) await downlink.send();
    await delay(250);
  }
  const drawn = await Promise.all(
    panels.map(async (panel) => drawPanel(panel, await curvesOf(prometheus, panel, start))),
  );
  const rows = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  await writeFile(
    new URL('docs/images/dashboard.svg', root),
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${24 * cell.width} ${rows * cell.height}" role="img" aria-labelledby="title" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12">
<title id="title">The panels of the dashboard, with the data of two replicas under load</title>
<style>
.panel { fill: #f6f8fa; stroke: #d0d7de } .axis { stroke: #d0d7de } text { fill: #57606a } .title { fill: #1f2328; font-weight: 600; font-size: 13px }
.value { fill: #1f2328; font-size: 26px; text-anchor: middle } .end { text-anchor: end } .legend { font-size: 11px }
@media (prefers-color-scheme: dark) { .panel { fill: #161b22; stroke: #30363d } .axis { stroke: #30363d } text { fill: #9da7b1 } .title, .value { fill: #e6edf3 } }
</style>
${drawn.join('\n')}
</svg>
`,
  );
} finally {
  await prometheus.stop();
  await downlink.stop();
}

async function curvesOf({ api }: RunningPrometheus, { targets }: Panel, start: number): Promise<readonly Curve[]> {
  const curves = targets.map(async ({ expr, legendFormat }) => {
    const query = expr.replaceAll('$namespace', 'downlink').replaceAll('$__rate_interval', '10s');
    const range = { query, start: String(start + 12), end: String(start + duration), step: '1' };
    const { result } = (await api('query_range', range)) as {
      result: readonly { metric: Record<string, string>; values: readonly [number, string][] }[];
    };
    return result.map(({ metric, values }) => ({
      name: legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? ''),
      points: values
        .map(([time, value]) => [time, Number(value)] as const)
        .filter(([, value]) => Number.isFinite(value)),
    }));
  });
  return (await Promise.all(curves)).flat();
}

function drawPanel(panel: Panel, curves: readonly Curve[]): string {
  const { x, y, w, h } = panel.gridPos;
  const [width, height] = [w * cell.width - gap, h * cell.height - gap];
  const unit = panel.fieldConfig.defaults.unit ?? '';
  const content =
    panel.type === 'stat' ? drawStat(panel, curves, unit, width, height) : drawCurves(curves, unit, width, height);
  return `<g transform="translate(${x * cell.width + gap / 2} ${y * cell.height + gap / 2})"><rect class="panel" width="${width}" height="${height}" rx="4"/><text class="title" x="10" y="20">${panel.title}</text>${content}</g>`;
}

function drawStat({ title }: Panel, curves: readonly Curve[], unit: string, width: number, height: number): string {
  const last = curves[0]?.points.at(-1)?.[1] ?? Number.NaN;
  const words = title === 'Certificates' ? (last === 1 ? 'accepted' : 'rejected') : format(last, unit);
  return `<text class="value" x="${width / 2}" y="${height / 2 + 18}">${title === 'Version' ? curves[0]?.name : words}</text>`;
}

/** Draws at most six curves, or four in a narrow panel: those with the highest last values, and their names below. */
function drawCurves(curves: readonly Curve[], unit: string, width: number, height: number): string {
  const narrow = width < 400; // pixels
  const columns = narrow ? 2 : 3; // of the legend
  const lastOf = ({ points }: Curve) => points.at(-1)?.[1] ?? 0;
  const shown = curves.toSorted((one, other) => lastOf(other) - lastOf(one)).slice(0, narrow ? 4 : 6);
  const times = shown.flatMap(({ points }) => points.map(([time]) => time));
  const top = Math.max(...shown.flatMap(({ points }) => points.map(([, value]) => value))) || 1;
  const [left, right, above, below] = [62, width - 12, 34, height - 52];
  const [first, end] = [Math.min(...times), Math.max(...times)];
  const atX = (time: number) => (left + ((time - first) / (end - first || 1)) * (right - left)).toFixed(1);
  const atY = (value: number) => (below - (value / top) * (below - above)).toFixed(1);
  const axes = [0, top / 2, top].map(
    (value) =>
      `<path class="axis" d="M${left} ${atY(value)}H${right}"/><text class="end" x="${left - 6}" y="${Number(atY(value)) + 4}">${format(value, unit)}</text>`,
  );
  const lines = shown.map(({ name, points }, index) => {
    const color = colors[index];
    const [x, y] = [14 + (index % columns) * ((width - 20) / columns), height - 28 + Math.floor(index / columns) * 17];
    const path = points.map(([time, value]) => `${atX(time)} ${atY(value)}`).join('L');
    return `<path fill="none" stroke="${color}" stroke-width="1.8" d="M${path}"/><rect x="${x}" y="${y - 8}" width="10" height="4" fill="${color}"/><text class="legend" x="${x + 14}" y="${y}">${name}</text>`;
  });
  return [...axes, ...lines].join('');
}

function format(value: number, unit: string): string {
  if (unit !== 's')
    return `${Number(value.toFixed(value < 10 ? 1 : 0))}${unit === 'reqps' || unit === 'ops' ? '/s' : ''}`;
  if (value >= 24 * 60 * 60) return `${Math.round(value / (24 * 60 * 60))} days`;
  if (value >= 60) return `${Math.round(value / 60)} min`;
  return value >= 1 ? `${value.toFixed(1)} s` : `${Number((value * 1000).toFixed(1))} ms`;
}
