import type { FieldErrorKind } from '../field-error.ts';
import { createCollector, type Found, type WarningCode } from '../findings.ts';
import type { Path } from '../json-value.ts';
import type { ManifestDocument } from './document.ts';
import { nearestNode } from './nodes.ts';

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
export function listFindings({ first, total }: Found<ManifestFinding>): readonly ManifestFinding[] {
  const last = first.at(-1);
  if (last === undefined || total === first.length) return first;
  return [...first, { ...last, code: 'more', field: undefined, message: `and ${total - first.length} more` }];
}

const maxListed = 1000; // findings of one manifest: more than anybody mends at one go

/** Gathers the findings of all documents of a manifest, and keeps the first ones. */
export interface ManifestFindings {
  readonly add: (findings: readonly ManifestFinding[]) => void;
  /** Whether there is an error among them, kept or not. */
  readonly hasError: () => boolean;
  readonly list: () => readonly ManifestFinding[];
}

export function createManifestFindings(): ManifestFindings {
  const found = createCollector<ManifestFinding>(maxListed);
  let hasError = false;
  return {
    add: (findings) => {
      for (const finding of findings) {
        hasError ||= finding.severity === 'error';
        found.push(finding);
      }
    },
    hasError: () => hasError,
    list: () => {
      const { first, total } = found;
      const last = first.at(-1);
      if (last === undefined || total === first.length) return first;
      const message = `and at least ${total - first.length} more`; // one of them may stand for several itself
      return [
        ...first,
        { ...last, severity: hasError ? 'error' : last.severity, code: 'more', field: undefined, message },
      ];
    },
  };
}

/** Where mistakes are let through with warnings. */
export function asWarning(finding: ManifestFinding): ManifestFinding {
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
