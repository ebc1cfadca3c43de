import type { FieldErrorKind } from '../diagnostics/field-error.ts';
import { createCollector, type Found, type WarningCode } from '../diagnostics/findings.ts';
import type { Path } from '../json/json-value.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { nearestNode } from '../yaml-edit/yaml-nodes.ts';

/** An error, warning or hint about a place in a manifest. */
export interface ManifestFinding {
  /** An error means that a pod would be rejected or that the manifest cannot be processed; a hint is worth a check. */
  readonly severity: 'error' | 'warning' | 'hint';
  /** What it is about, for filters and statistics. */
  readonly code: ManifestFindingCode;
  /** The object's name, as kubectl prints it: `Deployment/web`; undefined if the document cannot be read. */
  readonly object: string | undefined;
  /** The field of the object, in Kubernetes' notation; undefined if the finding is not about a field. */
  readonly field: string | undefined;
  /** The whole sentence, with the field in front, as the webhook would send it. */
  readonly message: string;
  /** From 1, as editors count. */
  readonly line: number;
  readonly column: number;
}

/** Returns the message without the field in front, for reports that show the field apart. */
export function messageWithoutField({ field, message }: Pick<ManifestFinding, 'field' | 'message'>): string {
  return field !== undefined && message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
}

/**
 * `syntax` is a document that cannot be read, `template` one that must be rendered first, `not-editable` an object that
 * cannot be edited in place, and `more` stands for findings that are not listed.
 */
export type ManifestFindingCode =
  | FieldErrorKind
  | WarningCode
  | 'syntax'
  | 'template'
  | 'not-editable'
  | HintCode
  | 'more';

/** What a hint is about. */
export type HintCode =
  | 'application-token'
  | 'empty-source'
  | 'missing-role'
  | 'pull-secrets-hidden'
  | 'misspelled-prefix'
  | 'probe-of-ambassador'
  | 'proxied-ambassador'
  | 'unread-key';

/** A hint: nothing is wrong for the webhook, but it is probably not what was meant. */
export interface Hint {
  readonly code: HintCode;
  /** The field in Kubernetes' notation. */
  readonly field: string;
  /** A clause without a period at the end. */
  readonly detail: string;
  /** The part of the field's value that it is about; absent if it is about the whole value. */
  readonly value?: string;
}

/** Returns the findings that were kept and, at the position of the last one, how many more there are. */
export function listFindings({ first, total }: Found<ManifestFinding>, prefix = 'and'): readonly ManifestFinding[] {
  const last = first.at(-1);
  if (last === undefined || total === first.length) return first;
  return [...first, { ...last, code: 'more', field: undefined, message: `${prefix} ${total - first.length} more` }];
}

const maxListed = 1000; // findings of one severity in one manifest: more than anybody fixes at once

/** Collects the findings of all documents of a manifest, and keeps the first ones of each severity. */
export interface ManifestFindings {
  readonly add: (findings: readonly ManifestFinding[]) => void;
  /** Returns whether there is an error, listed or not. */
  readonly hasError: () => boolean;
  /** Returns the findings in the order of their positions. */
  readonly list: () => readonly ManifestFinding[];
}

/** Creates an empty collection. */
export function createManifestFindings(): ManifestFindings {
  const collect = () => createCollector<ManifestFinding>(maxListed);
  // separate, so that many of one severity do not hide another; a syntax error has its own exit code
  const found = { syntax: collect(), error: collect(), warning: collect(), hint: collect() };
  return {
    add: (findings) => {
      for (const finding of findings) found[finding.code === 'syntax' ? 'syntax' : finding.severity].push(finding);
    },
    hasError: () => found.syntax.total + found.error.total > 0,
    list: () =>
      Object.values(found)
        // a finding that is left out may itself stand for several
        .flatMap((one) => listFindings(one, 'and at least'))
        .toSorted((one, other) => one.line - other.line || one.column - other.column),
  };
}

/** Returns an error as a warning, as `onInvalid: 'warn'` treats it. */
export function errorAsWarning(finding: ManifestFinding): ManifestFinding {
  return finding.severity === 'error' ? { ...finding, severity: 'warning' } : finding;
}

/**
 * Returns the offset of an object's field in the document: of the given value if the field contains it, else of the
 * nearest key that exists.
 */
export function offsetOfField(document: YamlDocument, objectPath: Path, field: string, value?: string): number {
  const path = [...objectPath, ...keysOfField(field)];
  const { node, pair } = nearestNode(document, path);
  const isWhole = pair !== undefined && String(pair.key) === String(path.at(-1));
  if (!isWhole) return (pair?.key ?? node).range[0];
  const inside =
    value === undefined || value === '' ? -1 : document.text.slice(node.range[0], node.range[1]).indexOf(value);
  return inside < 0 ? pair.key.range[0] : node.range[0] + inside;
}

/** Splits a field into its keys and indexes: `spec.containers[0].env`, `metadata.annotations[downlink.dev/env]`. */
export function keysOfField(field: string): Path {
  return [...field.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)].map(([, name, bracketed]) => name ?? bracketed ?? '');
}
