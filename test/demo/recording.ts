import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bareEnvironment } from '../support/bare-environment.ts';

export const recordingFile = join(import.meta.dirname, '../../docs/images/demo.svg');

const columns = 132;
const rows = 32;
const character = { width: 7.8, height: 18 }; // pixels, of a monospaced font of 13 pixels
const margin = { x: 16, top: 40, bottom: 12 }; // pixels
const shown = ['deploy/examples/env.yaml', 'docs/examples/mistakes.yaml']; // the whole demo is 400 lines long
const pause = { line: 0.08, section: 3, end: 8 }; // seconds after a line, between two sections, and before it starts again

interface Line {
  readonly style: 'bold' | 'green' | 'red' | 'yellow' | 'plain';
  readonly text: string;
}

const codeStart = String.fromCharCode(27);
const colorCode = new RegExp(`${codeStart}\\[(\\d+)m`, 'g');
const styles: Readonly<Record<string, Line['style']>> = { 1: 'bold', 31: 'red', 32: 'green', 33: 'yellow' };

/** Runs the demo, and returns the picture of its output in a terminal as an animated SVG. */
export async function recordDemo(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'demo.ts')], {
    env: { ...bareEnvironment, FORCE_COLOR: '1' },
  });
  const [first = '', ...sections] = stdout
    .trimEnd()
    .replace(/localhost:\d+/, 'localhost:8443')
    .split('\n\n');
  const chosen = sections.filter((section) => shown.some((file) => section.replaceAll(colorCode, '').startsWith(file)));
  if (chosen.length !== shown.length) throw new Error(`the demo no longer shows each of ${shown.join(', ')}`);
  return drawTerminal([['$ npm run demo', first], ...chosen.map((section) => section.split('\n'))]);
}

/** Returns the lines of the terminal for one line of output. */
function wrap(output: string): readonly Line[] {
  const [, code = ''] = [...output.matchAll(colorCode)][0] ?? [];
  const text = output.replaceAll(colorCode, '');
  const lines = text.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [''];
  return lines.map((line) => ({ style: styles[code] ?? 'plain', text: line }));
}

function drawTerminal(sections: readonly (readonly string[])[]): string {
  const blocks = sections.map((section, index) => [...(index === 0 ? [] : ['']), ...section].flatMap(wrap));
  const lines = blocks.flat();
  const { keyframes, seconds } = scrollOf(blocks.map(({ length }) => length));
  const width = Math.ceil(columns * character.width + 2 * margin.x);
  const height = rows * character.height;
  const last = rows * character.height - lines.length * character.height;
  const texts = lines.map(
    ({ style, text }, index) =>
      `<text class="${style}" y="${(index + 1) * character.height - 5}">${escapeXml(text)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + margin.top + margin.bottom}" role="img" aria-labelledby="title">
<title id="title">A recording of npm run demo: a pod gets environment variables, and a pod with mistakes is rejected with a message for each</title>
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre; fill: #e6edf3 }
.bold { font-weight: 700 }
.green { fill: #7ee787 }
.red { fill: #ffa198 }
.yellow { fill: #f2cc60 }
#lines { transform: translateY(${last}px) }
@media (prefers-reduced-motion: no-preference) { #lines { animation: scroll ${seconds}s step-end infinite } }
@keyframes scroll {
${keyframes}
}
</style>
<rect width="100%" height="100%" rx="10" fill="#0d1117"/>
<circle cx="20" cy="20" r="6" fill="#ff7b72"/><circle cx="40" cy="20" r="6" fill="#e3b341"/><circle cx="60" cy="20" r="6" fill="#56d364"/>
<svg aria-hidden="true" x="${margin.x}" y="${margin.top}" width="${width - 2 * margin.x}" height="${height}" overflow="hidden">
<g id="lines" xml:space="preserve">
${texts.join('\n')}
</g>
</svg>
</svg>
`;
}

/** Returns the keyframes that move a line up whenever one more is printed, and how long they take. */
function scrollOf(lengths: readonly number[]): { readonly keyframes: string; readonly seconds: number } {
  const times: number[] = []; // seconds, when each line is printed
  let now = 0;
  for (const length of lengths) {
    for (let line = 0; line < length; line++) {
      times.push(now);
      now += pause.line;
    }
    now += pause.section;
  }
  const seconds = Math.round(now - pause.section + pause.end);
  const keyframes = times.map((time, index) => {
    const percent = ((100 * time) / seconds).toFixed(2);
    return `${percent}% { transform: translateY(${(rows - index - 1) * character.height}px) }`;
  });
  const last = `100% { transform: translateY(${(rows - times.length) * character.height}px) }`;
  return { keyframes: [...keyframes, last].join('\n'), seconds };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
