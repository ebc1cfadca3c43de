import type { Path } from '../json/json-value.ts';
import { applyEdits, changedLines, type TextEdit } from '../yaml-edit/text-edit.ts';
import { type ManifestDocument, readDocument } from '../yaml-edit/yaml-document.ts';
import type { EditProblem } from '../yaml-edit/yaml-nodes.ts';
import { createPositions, type Positions, splitDocuments } from '../yaml-edit/yaml-stream.ts';
import { createManifestFindings, type ManifestFinding } from './manifest-finding.ts';
import type { ManifestObject } from './manifest-objects.ts';
import { mentionsDownlink, nameOf, openDocument } from './review-manifest.ts';

/** A document before and after; the same text where nothing was asked for. */
export interface DocumentChange {
  readonly before: string;
  readonly after: string;
  /** The lines of `before` that change, in order, and what comes in their place. */
  readonly lines: readonly TextEdit[];
  /** The objects that were changed, as kubectl names them. */
  readonly changed: readonly string[];
}

/** What becomes of a manifest. With an error there is no text: a manifest is changed whole or not at all. */
export interface ManifestChange {
  readonly text: string | undefined;
  readonly documents: readonly DocumentChange[];
  readonly findings: readonly ManifestFinding[];
}

/** What is to become of one object with a pod. */
export interface ObjectChange {
  readonly object: ManifestObject & { readonly podPath: Path };
  readonly findings: readonly ManifestFinding[];
  /** Undefined where it stays as it is. */
  readonly change: { readonly edits: readonly TextEdit[] | EditProblem; readonly pod: unknown } | undefined;
}

/**
 * Changes a manifest document by document. What an edited document says is compared with what it should say, so that
 * no layout that was not thought of here can end in another object than the webhook would make.
 */
export function changeManifest(
  manifest: string,
  planDocument: (document: ManifestDocument, positions: Positions) => readonly ObjectChange[],
  isSame: (value: unknown, wanted: unknown) => boolean,
): ManifestChange {
  const positions = createPositions(manifest);
  const documents: DocumentChange[] = [];
  const findings = createManifestFindings();
  for (const source of splitDocuments(manifest)) {
    const isOurs = mentionsDownlink(source);
    const document = openDocument(source, isOurs, positions);
    if ('severity' in document) {
      findings.add([document]);
      continue;
    }
    const plans = isOurs ? planDocument(document, positions) : [];
    for (const plan of plans) findings.add(plan.findings);
    const result = carryOut(document, plans, isSame);
    if ('problem' in result) {
      findings.add([notEditable(document, result.object, result, positions)]);
      continue;
    }
    const changed = plans.filter(({ change }) => change !== undefined).map(({ object }) => nameOf(object));
    const lines = changedLines(source.text, result.edits);
    documents.push({ before: source.text, after: result.text, lines, changed });
  }
  const text = findings.hasError() ? undefined : documents.map(({ after }) => after).join('');
  return { text, documents, findings: findings.list() };
}

interface EditedText {
  readonly text: string;
  readonly edits: readonly TextEdit[];
}

function carryOut(
  document: ManifestDocument,
  plans: readonly ObjectChange[],
  isSame: (value: unknown, wanted: unknown) => boolean,
): EditedText | (EditProblem & { readonly object: ManifestObject }) {
  const edits: TextEdit[] = [];
  let wanted = document.value;
  const copies = new Set<unknown>();
  let first: ManifestObject | undefined;
  for (const { object, change } of plans) {
    if (change === undefined) continue;
    if ('problem' in change.edits) return { ...change.edits, object };
    first ??= object;
    for (const edit of change.edits) edits.push(edit);
    wanted = withValueAt(wanted, object.podPath, change.pod, copies);
  }
  if (first === undefined) return { text: document.text, edits };
  const text = applyEdits(document.text, edits);
  const edited = readDocument({ text, offset: 0 }, true);
  if (!('problem' in edited) && isSame(edited.value, wanted)) return { text, edits };
  const problem = 'its layout is one that this program cannot edit; write it in plain block style';
  return { object: first, offset: edits[0]?.start ?? 0, problem };
}

function notEditable(
  document: ManifestDocument,
  object: ManifestObject,
  { offset, problem }: EditProblem,
  positions: Positions,
): ManifestFinding {
  return {
    severity: 'error',
    code: 'not-editable',
    object: nameOf(object),
    field: undefined,
    message: `it cannot be edited in place: ${problem}`,
    ...positions(document.offset + offset),
  };
}

/** The value with another one in the place that the path leads to. What was copied for an earlier one is changed itself. */
function withValueAt(root: unknown, [key, ...rest]: Path, value: unknown, copies: Set<unknown>): unknown {
  if (key === undefined) return value;
  const copy = copies.has(root) ? root : Array.isArray(root) ? [...root] : { ...(root as object) };
  copies.add(copy);
  const members = copy as Record<string, unknown>;
  members[key] = withValueAt(members[key], rest, value, copies);
  return copy;
}
