import type { ExplainedAmbassador, ExplainedFile, ExplainedVariable, PodExplanation } from '../../src/index.ts';
import { h } from './dom.ts';
import type { Evaluation } from './protocol.ts';

const maxRows = 200; // in one table

/** Returns what each container gets, as tables. */
export function explanationSections({ explanations, hasMore }: Evaluation): readonly HTMLElement[] {
  if (explanations.length === 0)
    return [h('p', { class: 'empty' }, 'No Pod or workload here has a Downlink annotation, so nothing is added.')];
  const more = hasMore ? [h('p', { class: 'empty' }, 'These are the first objects. There are more.')] : [];
  return [...explanations.map(podSection), ...more];
}

function podSection(pod: PodExplanation): HTMLElement {
  const { object, outcome, reason, variables, files, ambassador } = pod;
  const state = reason === undefined ? outcome : `${outcome}: ${reason.replaceAll('-', ' ')}`;
  return h(
    'section',
    { class: 'explained' },
    h('h2', {}, object, ' ', h('span', { class: `badge ${outcome}` }, outcome === 'denied' ? 'rejected' : state)),
    ...table('Variable', variables, (one: ExplainedVariable) => one.name),
    ...table('File', files, (one: ExplainedFile) => one.path),
    ...(ambassador === undefined ? [] : [ambassadorList(ambassador)]),
  );
}

function table<T extends ExplainedVariable | ExplainedFile>(
  head: string,
  rows: readonly T[],
  nameOf: (row: T) => string,
): readonly HTMLElement[] {
  if (rows.length === 0) return [];
  const hasContainers = new Set(rows.map(({ container }) => container)).size > 1;
  const heads = [head, 'Value', ...(hasContainers ? ['Container'] : []), 'Follows changes'];
  const hasProfiles = rows.some(({ profile }) => profile !== undefined);
  const body = rows
    .slice(0, maxRows)
    .map((row) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, h('code', {}, nameOf(row)), h('code', { class: 'source' }, row.source)),
        h('td', {}, valueCell(row)),
        hasContainers ? h('td', {}, row.container) : undefined,
        h('td', {}, row.followsChanges ? 'yes' : 'no'),
        hasProfiles ? h('td', {}, row.profile === undefined ? 'the pod' : `profile ${row.profile}`) : undefined,
      ),
    );
  const columns = [...heads, ...(hasProfiles ? ['Requested by'] : [])].map((text) => h('th', { scope: 'col' }, text));
  const more = rows.length - body.length;
  return [
    h(
      'div',
      { class: 'table', tabindex: 0, role: 'region', 'aria-label': `${head}s` },
      h('table', {}, h('thead', {}, h('tr', {}, ...columns)), h('tbody', {}, ...body)),
    ),
    ...(more > 0 ? [h('p', { class: 'empty' }, `and ${more} more`)] : []),
  ];
}

function valueCell({ value, unit }: ExplainedVariable | ExplainedFile): HTMLElement {
  if (value === undefined) return h('span', { class: 'later' }, 'known when the pod runs');
  if (value === '') return h('span', { class: 'later' }, 'empty');
  return h('span', {}, h('code', {}, String(value)), unit === undefined ? undefined : ` ${unit}`);
}

const sidecars = {
  native: 'native sidecar: starts before the application',
  container: 'ordinary container: starts at the same time as the application',
  init: 'init container without restartPolicy "Always": the pod stays in Init',
} as const;

function ambassadorList(ambassador: ExplainedAmbassador): HTMLElement {
  const { port, access, sidecar, image, applicationHasToken, kubeconfig } = ambassador;
  const rows: readonly (readonly [string, string])[] = [
    ['address', `http://127.0.0.1:${port}`],
    ['access', `${access.join(', ')}; RBAC still applies`],
    ['sidecar', sidecars[sidecar]],
    ['image', image],
    ['token', applicationHasToken ? 'its own; the application has one, too' : 'its own; the application has none'],
    ...(kubeconfig === undefined ? [] : [['kubeconfig', kubeconfig] as const]),
  ];
  const items = rows.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]);
  return h('div', { class: 'ambassador' }, h('h3', {}, 'Ambassador'), h('dl', {}, ...items));
}
