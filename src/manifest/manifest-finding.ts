import type { FieldErrorKind } from '../diagnostics/field-error.ts';
import { createCollector, type Found, type WarningCode } from '../diagnostics/findings.ts';
import type { Path } from '../json/json-value.ts';
import type { ManifestDocument } from '../yaml-edit/yaml-document.ts';
import { nearestNode } from '../yaml-edit/yaml-nodes.ts';

/** Something to tell about a place of a manifest. */
export interface ManifestFinding {
  /** An error keeps a pod, or the reading of the manifest, from being right; a hint is worth a look. */
  readonly severity: 'error' | 'warning' | 'hint';
  /** What kind of thing it is, for filters and statistics. */
  readonly code: FindingCode;
  /** The object, as kubectl names it: `Deployment/web`; undefined where the manifest could not be read. */
  readonly object: string | undefined;
  /** Where in the object, in Kubernetes' notation; undefined where the manifest could not be read. */
  readonly field: string | undefined;
  /** The whole sentence, the field in front: what the webhook would say. */
  readonly message: string;
  /** From 1, as editors count. */
  readonly line: number;
  readonly column: number;
}

/**
 * `syntax` is what could not be read, `not-editable` what cannot be changed without changing something else, and `more`
 * stands for findings that are not listed.
 */
export type FindingCode =
  | FieldErrorKind
  | WarningCode
  | 'syntax'
  | 'not-editable'
  | 'no-rights'
  | 'near-prefix'
  | 'unread'
  | 'more';

/** Returns the findings that were kept and, where there are more, how many, in the place of the last one. */
export function listFindings({ first, total }: Found<ManifestFinding>, and = 'and'): readonly ManifestFinding[] {
  const last = first.at(-1);
  if (last === undefined || total === first.length) return first;
  return [...first, { ...last, code: 'more', field: undefined, message: `${and} ${total - first.length} more` }];
}

const maxListed = 1000; // findings of one kind in one manifest: more than anybody mends at one go

/** Gathers the findings of all documents of a manifest, and keeps the first ones of each severity. */
export interface ManifestFindings {
  readonly add: (findings: readonly ManifestFinding[]) => void;
  /** Whether there is an error among them, kept or not. */
  readonly hasError: () => boolean;
  /** Returns them in the order of their places. */
  readonly list: () => readonly ManifestFinding[];
}

export function createManifestFindings(): ManifestFindings {
  const collect = () => createCollector<ManifestFinding>(maxListed);
  // apart, so that many of one kind do not hide another; a syntax error has an exit code of its own
  const found = { syntax: collect(), error: collect(), warning: collect(), hint: collect() };
  return {
    add: (findings) => {
      for (const finding of findings) found[finding.code === 'syntax' ? 'syntax' : finding.severity].push(finding);
    },
    hasError: () => found.syntax.total + found.error.total > 0,
    list: () =>
      Object.values(found)
        // one of those that are not kept may stand for several itself
        .flatMap((one) => listFindings(one, 'and at least'))
        .toSorted((one, other) => one.line - other.line || one.column - other.column),
  };
}

/** Where mistakes are let through with warnings. */
export function downgradeError(finding: ManifestFinding): ManifestFinding {
  return finding.severity === 'error' ? { ...finding, severity: 'warning' } : finding;
}

/** Where a field of an object stands: characters from the beginning of the document. The value, where it is there. */
export function offsetOfField(document: ManifestDocument, objectPath: Path, field: string, value?: string): number {
  const path = [...objectPath, ...keysOfField(field)];
  const { node, pair } = nearestNode(document, path);
  const isWhole = pair !== undefined && String(pair.key) === String(path.at(-1));
  if (!isWhole) return (pair?.key ?? node).range[0];
  const inside =
    value === undefined || value === '' ? -1 : document.text.slice(node.range[0], node.range[1]).indexOf(value);
  return inside < 0 ? pair.key.range[0] : node.range[0] + inside;
}

/** The keys and indexes of a field: `spec.containers[0].env` and `metadata.annotations[downlink.dev/env]`. */
export function keysOfField(field: string): Path {
  return [...field.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)].map(([, name, bracketed]) => name ?? bracketed ?? '');
}
