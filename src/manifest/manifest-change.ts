import type { Path } from '../json/json-value.ts';
import { applyEdits, changedLines, type PlannedEdits, type TextEdit } from '../yaml-edit/text-edit.ts';
import { createPositions, type Positions } from '../yaml-edit/text-lines.ts';
import { readDocument, type YamlDocument } from '../yaml-edit/yaml-document.ts';
import type { EditFailure } from '../yaml-edit/yaml-nodes.ts';
import { splitDocuments } from '../yaml-edit/yaml-stream.ts';
import { mentionsDownlink, openDocument } from './manifest-document.ts';
import { createManifestFindings, type ManifestFinding } from './manifest-finding.ts';
import { displayName, type ManifestObject } from './manifest-objects.ts';

/** A document before and after the change. */
export interface DocumentChange {
  readonly before: string;
  /** Equal to `before` if nothing changes. */
  readonly after: string;
  /** The lines of `before` that change, in order, with their replacements. */
  readonly lines: readonly TextEdit[];
  /** The names of the changed objects, as kubectl prints them. */
  readonly changed: readonly string[];
}

/** The result of changing a manifest. */
export interface ManifestChange {
  /** Undefined if there is an error: a manifest is changed as a whole or not at all. */
  readonly text: string | undefined;
  readonly documents: readonly DocumentChange[];
  readonly findings: readonly ManifestFinding[];
}

/** The planned change of one Pod or workload. */
export interface ObjectChange {
  readonly object: ManifestObject & { readonly podPath: Path };
  readonly findings: readonly ManifestFinding[];
  /** The edits, and the pod that they must produce; undefined if the object does not change. */
  readonly change: { readonly edits: PlannedEdits | EditFailure; readonly pod: unknown } | undefined;
}

/** Returns whether the value of an edited document is the intended one. */
export type Equality = (edited: unknown, intended: unknown) => boolean;

/**
 * Changes a manifest document by document. The value of each edited document is compared with the intended value, so
 * that an unexpected layout cannot lead to an object that the webhook would not produce.
 */
export function changeManifest(
  manifest: string,
  planDocument: (document: YamlDocument, positions: Positions) => readonly ObjectChange[],
  isEqual: Equality,
): ManifestChange {
  const positions = createPositions(manifest);
  const documents: DocumentChange[] = [];
  const findings = createManifestFindings();
  for (const source of splitDocuments(manifest)) {
    const mayChange = mentionsDownlink(source);
    const opened = openDocument(source, mayChange ? 'value' : 'syntax', positions);
    if (opened.kind === 'failure') {
      findings.add([opened.finding]);
      continue;
    }
    const { document } = opened;
    const plans = mayChange ? planDocument(document, positions) : [];
    for (const plan of plans) findings.add(plan.findings);
    const result = editDocument(document, plans, isEqual);
    if (result.kind === 'failure') {
      findings.add([notEditable(document, result, positions)]);
      continue;
    }
    const changed = plans.filter(({ change }) => change !== undefined).map(({ object }) => displayName(object));
    const lines = changedLines(source.text, result.edits);
    documents.push({ before: source.text, after: result.text, lines, changed });
  }
  const text = findings.hasError() ? undefined : documents.map(({ after }) => after).join('');
  return { text, documents, findings: findings.list() };
}

interface EditedDocument extends PlannedEdits {
  readonly text: string;
}

interface ObjectFailure extends EditFailure {
  readonly object: ManifestObject;
}

function editDocument(
  document: YamlDocument,
  plans: readonly ObjectChange[],
  isEqual: Equality,
): EditedDocument | ObjectFailure {
  const edits: TextEdit[] = [];
  let intended = document.value;
  const copies = new Set<unknown>();
  let first: ManifestObject | undefined;
  for (const { object, change } of plans) {
    if (change === undefined) continue;
    if (change.edits.kind === 'failure') return { ...change.edits, object };
    first ??= object;
    for (const edit of change.edits.edits) edits.push(edit); // possibly too many to spread
    intended = withValueAt(intended, object.podPath, change.pod, copies);
  }
  if (first === undefined) return { kind: 'edits', text: document.text, edits };
  const text = applyEdits(document.text, edits);
  const edited = readDocument({ text, offset: 0 }, 'value');
  if (edited.kind === 'document' && isEqual(edited.document.value, intended)) return { kind: 'edits', text, edits };
  const problem = 'this program does not support its layout; write it in plain block style';
  return { kind: 'failure', object: first, offset: edits[0]?.start ?? 0, problem };
}

function notEditable(
  document: YamlDocument,
  { object, offset, problem }: ObjectFailure,
  positions: Positions,
): ManifestFinding {
  return {
    severity: 'error',
    code: 'not-editable',
    object: displayName(object),
    field: undefined,
    message: `it cannot be edited in place: ${problem}`,
    ...positions(document.offset + offset),
  };
}

/**
 * Returns the root with another value at the path. Copies each map and list on the way that is not in `copies` yet.
 */
function withValueAt(root: unknown, [key, ...rest]: Path, value: unknown, copies: Set<unknown>): unknown {
  if (key === undefined) return value;
  const copy = copies.has(root) ? root : Array.isArray(root) ? [...root] : { ...(root as object) };
  copies.add(copy);
  const members = copy as Record<string, unknown>;
  members[key] = withValueAt(members[key], rest, value, copies);
  return copy;
}
