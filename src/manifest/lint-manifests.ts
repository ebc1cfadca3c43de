import { annotationField } from '../annotations/annotation-keys.ts';
import { ambassadorName } from '../annotations/injected-names.ts';
import { statusOf } from '../annotations/injection-status.ts';
import { valueAt } from '../json/json-value.ts';
import type { ManifestDocument } from '../yaml-edit/yaml-document.ts';
import { createPositions, type Positions, splitDocuments } from '../yaml-edit/yaml-stream.ts';
import {
  gatherRights,
  hintsOfMissingRights,
  mentionsRights,
  type RightsGiven,
  type RightsNeeded,
} from './ambassador-rbac.ts';
import {
  createManifestFindings,
  type ManifestFinding,
  type ManifestFindings,
  offsetOfField,
} from './manifest-finding.ts';
import { objectsOf } from './manifest-objects.ts';
import { inSomeNamespace, type ManifestOptions } from './manifest-options.ts';
import { mentionsNearPrefix, nearPrefixFindings } from './misspelled-prefix-findings.ts';
import { mentionsDownlink, nameOf, openDocument, type ReviewedPod, reviewDocument } from './review-manifest.ts';
import {
  gatherAnnotations,
  hintsOfUnreadKeys,
  type ReadAnnotations,
  type UnreadKey,
  unreadKeys,
} from './unread-keys.ts';

/** A manifest with the name that findings about it are told under. */
export interface NamedManifest {
  readonly name: string;
  readonly text: string;
}

/** Findings in the order of their places. */
export interface LintedManifest {
  readonly name: string;
  readonly findings: readonly ManifestFinding[];
  /** Whether the Kubernetes version decides what some pod in it gets, and is not known. */
  readonly needsVersion: boolean;
}

interface Linted {
  readonly name: string;
  readonly findings: ManifestFindings;
  readonly needed: RightsNeeded[];
  readonly unread: UnreadKey[];
  needsVersion: boolean;
}

/**
 * Everything that is wrong with the annotations in these manifests, in the words of the webhook, annotations where they
 * do nothing, keys of ours that nothing reads, and ambassadors without rights. The manifests are looked at together: a ServiceAccount may stand in one of
 * them and its binding in another. They are taken one after the other, so that they need not all be in memory.
 */
export function lint(manifests: Iterable<NamedManifest>, given: ManifestOptions): readonly LintedManifest[] {
  const options = { ...inSomeNamespace(given), onInvalid: 'deny' } as const;
  const rights: RightsGiven = { accounts: new Set(), subjects: new Set() };
  const read: ReadAnnotations = new Set();
  const linted: Linted[] = [];
  for (const { name, text } of manifests) {
    const one: Linted = { name, findings: createManifestFindings(), needed: [], unread: [], needsVersion: false };
    linted.push(one);
    const positions = createPositions(text);
    for (const source of splitDocuments(text)) {
      const isOurs = mentionsDownlink(source);
      const isNearlyOurs = mentionsNearPrefix(source);
      const document = openDocument(source, isOurs || isNearlyOurs || mentionsRights.test(source.text), positions);
      if ('severity' in document) {
        one.findings.add([document]);
        continue;
      }
      if (isNearlyOurs) one.findings.add(nearPrefixFindings(document, positions));
      for (const object of objectsOf(document.value)) gatherRights(object, options.namespace, rights);
      if (isOurs) gatherAnnotations(document, read);
      for (const key of isOurs ? unreadKeys(document, positions) : []) one.unread.push(key); // there may be too many to spread
      for (const review of isOurs ? reviewDocument(document, options, positions) : []) {
        one.findings.add(review.findings.filter((finding) => !isInvented(finding, review)).map(asMistake));
        one.needsVersion ||= review.needsVersion;
        one.needed.push(...rightsNeeded(document, review, options, positions));
      }
    }
  }
  return linted.map(({ name, findings, needed, unread, needsVersion }) => {
    findings.add(hintsOfMissingRights(needed, rights));
    findings.add(hintsOfUnreadKeys(unread, read));
    return { name, needsVersion, findings: findings.list() };
  });
}

/** What is said of an ordinary container, where nothing but the unknown version makes the ambassador one. */
function isInvented({ code }: ManifestFinding, { needsVersion }: ReviewedPod): boolean {
  return needsVersion && code === 'application-must-retry';
}

/** An annotation in the wrong place stops nothing in a cluster, but whoever asks what is wrong wants to mend it. */
function asMistake(finding: ManifestFinding): ManifestFinding {
  return finding.code === 'misplaced' ? { ...finding, severity: 'error' } : finding;
}

function rightsNeeded(
  document: ManifestDocument,
  { object, pod, below, outcome }: ReviewedPod,
  options: ManifestOptions & { readonly namespace: string },
  positions: Positions,
): readonly RightsNeeded[] {
  const { containers } = statusOf(outcome.kind === 'injected' ? outcome.pod : pod);
  if (outcome.kind === 'denied' || !containers.has(ambassadorName)) return [];
  const account = valueAt(pod, ['spec', 'serviceAccountName']);
  const isNamed = typeof account === 'string';
  const { field } = below({ field: isNamed ? 'spec.serviceAccountName' : annotationField('ambassador') });
  const place = positions(document.offset + offsetOfField(document, object.path, field));
  return [
    {
      namespace: object.namespace ?? options.namespace,
      account: isNamed ? account : 'default',
      hint: (detail) => ({
        severity: 'hint',
        code: 'no-rights',
        object: nameOf(object),
        field,
        message: `${field}: ${detail}`,
        ...place,
      }),
    },
  ];
}
