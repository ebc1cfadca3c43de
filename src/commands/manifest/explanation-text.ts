import { stripVTControlCharacters, styleText } from 'node:util';
import { cut } from '../../diagnostics/text.ts';
import type { ExplainedAmbassador, ExplainedSource, PodExplanation } from '../../index.ts';
import type { OutputStream } from '../invocation.ts';
import { formatFinding } from './finding-report.ts';

/** Formats what one pod gets as tables. */
export function formatExplanation(pod: PodExplanation & { readonly file: string }, stream: OutputStream): string {
  const bold = (text: string) => styleText('bold', text, { stream });
  const namespace = pod.namespace === undefined ? '' : ` in namespace ${pod.namespace}`;
  const hasProfiles = [...pod.variables, ...pod.files].some(({ profile }) => profile !== undefined);
  const heads = hasProfiles ? [...sourceHeads, 'REQUESTED BY'] : sourceHeads;
  const columnsOf = (one: ExplainedSource) => [...sourceColumns(one), ...(hasProfiles ? [requester(one)] : [])];
  const variables = pod.variables.map((one) => [one.container, one.name, ...columnsOf(one)]);
  const files = pod.files.map((one) => [one.container, one.path, ...columnsOf(one)]);
  const lines = [
    `${bold(pod.object)}${namespace}${outcomeText(pod)}  ${pod.file}:${pod.line}`,
    ...table(['CONTAINER', 'VARIABLE', ...heads], variables, bold),
    ...table(['CONTAINER', 'FILE', ...heads], files, bold),
    ...(pod.ambassador === undefined ? [] : ['', ...ambassadorLines(pod.ambassador, bold)]),
    ...(pod.findings.length === 0 ? [] : ['']),
    ...pod.findings.map((finding) => `  ${formatFinding({ file: pod.file, ...finding }, stream)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function outcomeText({ outcome, reason, findings }: PodExplanation): string {
  if (reason === undefined) return '';
  if (reason === 'would-be-denied') {
    const isError = findings.some(({ severity }) => severity === 'error'); // not with onInvalid warn
    return ` was injected when it was created; a new pod would ${isError ? 'be denied' : 'not be injected'}`;
  }
  return ` is ${outcome}: ${reason}`;
}

const sidecars = {
  native: 'native sidecar: starts before the application',
  container: 'ordinary container: starts at the same time as the application',
  init: 'init container without restartPolicy "Always": the pod stays in Init',
} as const;
const maxShown = 60; // characters of a value, so that a row fits a wide terminal; `-o json` prints all of it
const sourceHeads = ['VALUE', 'UNIT', 'FROM', 'FOLLOWS CHANGES'];

function sourceColumns({ value, unit, source, followsChanges }: ExplainedSource): readonly string[] {
  const shown = value === '' ? '""' : cut(String(value ?? ''), maxShown);
  return [shown, unit ?? '', cut(source, maxShown), followsChanges ? 'yes' : 'no'];
}

/** Returns who requests a variable, a file, or the ambassador. */
function requester({ profile }: Pick<ExplainedSource, 'profile'>): string {
  return profile === undefined ? 'the pod' : `profile ${profile}`;
}

function ambassadorLines(ambassador: ExplainedAmbassador, bold: (text: string) => string): readonly string[] {
  const { profile, port, access, sidecar, image, resources, kubeconfig } = ambassador;
  const { tokenExpirationSeconds, applicationHasToken } = ambassador;
  const quantities = (['requests', 'limits'] as const).flatMap((list) =>
    Object.entries(resources[list] ?? {}).map(([name, quantity]) => `${list}.${name} ${quantity}`),
  );
  const token =
    tokenExpirationSeconds === undefined
      ? "the pod's"
      : `its own, which expires after ${tokenExpirationSeconds} s and is renewed before then`;
  const application = applicationHasToken
    ? 'the application has one, too (unless automountServiceAccountToken is false)'
    : 'the application has none';
  return columns([
    [bold('  AMBASSADOR'), `http://127.0.0.1:${port}`],
    ['  access', `${access.join(', ')}; RBAC still applies`],
    ['  sidecar', sidecars[sidecar]],
    ['  image', image],
    ['  resources', quantities.join(', ') || 'none of its own'],
    ['  token', `${token}; ${application}`],
    ...(kubeconfig === undefined ? [] : [['  kubeconfig', `${kubeconfig}, which KUBECONFIG names`]]),
    ...(profile === undefined ? [] : [['  requested by', requester(ambassador)]]),
  ]);
}

function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  bold: (text: string) => string,
): readonly string[] {
  if (rows.length === 0) return [];
  const [head = '', ...body] = columns([heads, ...rows]);
  return ['', `  ${bold(head)}`, ...body.map((line) => `  ${line}`)];
}

/** Formats rows as lines, each column as wide as its widest cell. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widthOf = (cell: string) => stripVTControlCharacters(cell).length;
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, widthOf(row[column] ?? '')), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}
