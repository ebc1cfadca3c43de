import { cut } from '../diagnostics/text.ts';
import { formatObject, type ScanFinding, type ScanReport } from './scan-finding.ts';

/** Styles text for a terminal. */
export type Paint = (style: 'bold' | 'red' | 'yellow' | 'dim', text: string) => string;

const headings = { severity: 'SEVERITY', object: 'OBJECT', pods: 'PODS', problem: 'PROBLEM' };
const maxObjectWidth = 50; // characters; a longer name moves the columns after it

/** Formats a report as a table: a row for each finding, and below it the causes and the advice. */
export function formatReport(report: ScanReport, paint: Paint): string {
  const rows = report.findings.map((finding) => ({
    finding,
    severity: finding.severity,
    object: withoutControls(formatObject(finding.object)),
    pods: finding.pods === undefined ? '' : String(finding.pods),
  }));
  const width = (key: 'severity' | 'object' | 'pods') =>
    Math.max(headings[key].length, ...rows.map((row) => Math.min(row[key].length, maxObjectWidth)));
  const [severity, object, pods] = [width('severity'), width('object'), width('pods')];
  const margin = ' '.repeat(severity + object + pods + 6); // two spaces between columns

  const heading = `${headings.severity.padEnd(severity)}  ${headings.object.padEnd(object)}  ${headings.pods.padStart(pods)}  ${headings.problem}`;
  const lines = rows.flatMap((row) => [
    `${paint(colorOf(row.finding), row.severity.padEnd(severity))}  ${row.object.padEnd(object)}  ${row.pods.padStart(pods)}  ${withoutControls(row.finding.problem)}`,
    ...row.finding.causes.map((cause) => `${margin}* ${withoutControls(cause)}`),
    `${margin}${paint('dim', `-> ${withoutControls(row.finding.advice)}`)}`,
  ]);
  return [
    ...(rows.length > 0 ? [paint('bold', heading), ...lines, ''] : []),
    ...report.notes.map((note) => `note: ${withoutControls(note)}`),
    ...(report.notes.length > 0 ? [''] : []),
    summary(report),
    '',
  ].join('\n');
}

function summary({ findings, scanned }: ScanReport): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const found = findings.length === 0 ? 'nothing found' : `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  const { pods, namespaces, optedIn, workloads } = scanned;
  return `${found}; scanned ${count(pods, 'pod')} (${optedIn} opted in) and ${count(workloads, 'workload')} in ${count(namespaces, 'namespace')}`;
}

function colorOf({ severity }: ScanFinding): 'red' | 'yellow' {
  return severity === 'error' ? 'red' : 'yellow';
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Replaces control characters, which names and messages in a cluster may contain and a terminal would interpret. */
function withoutControls(text: string): string {
  return cut(text, 1000).replace(/[\p{Cc}\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/gu, ' ');
}
