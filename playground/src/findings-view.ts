import { h } from './dom.ts';
import type { Mark } from './editor.ts';
import type { Evaluation } from './protocol.ts';

const maxShown = 200; // rows of the list; the editor underlines all of them

/** A finding of the list, and the editor that it is about. */
export interface ListedFinding extends Mark {
  readonly editor: 'manifest' | 'settings';
}

/** Returns what is wrong with the settings and with the manifest, in the words of lint. */
export function listedFindings({ settingsProblems, findings }: Evaluation): readonly ListedFinding[] {
  return [
    ...settingsProblems.map((problem) => ({ editor: 'settings', severity: 'error', ...problem }) as const),
    ...findings.map(({ object, message, severity, line, column }) => {
      const words = object === undefined ? message : `${object}: ${message}`;
      return { editor: 'manifest', severity, line, column, message: words } as const;
    }),
  ];
}

/** Returns the findings as a list of buttons that lead to their places. */
export function findingsList(
  findings: readonly ListedFinding[],
  goTo: (finding: ListedFinding) => void,
): readonly HTMLElement[] {
  if (findings.length === 0)
    return [h('p', { class: 'empty' }, 'No findings: everything in the annotations is right.')];
  const rows = findings.slice(0, maxShown).map((finding) => {
    const place = `${finding.editor === 'settings' ? 'Settings, line' : 'Line'} ${finding.line}`;
    return h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: 'finding', onclick: () => goTo(finding) },
        h('span', { class: `severity ${finding.severity}` }, finding.severity),
        h('span', { class: 'place' }, place),
        h('span', { class: 'message' }, finding.message),
      ),
    );
  });
  const more = findings.length - rows.length;
  return [
    h('ul', { class: 'findings' }, ...rows),
    ...(more > 0 ? [h('p', { class: 'empty' }, `and ${more} more`)] : []),
  ];
}
