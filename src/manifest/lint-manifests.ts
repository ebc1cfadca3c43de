import { annotationField } from '../annotations/annotation-keys.ts';
import { ambassadorName } from '../annotations/injected-names.ts';
import { statusOf } from '../annotations/injection-status.ts';
import { valueAt } from '../json/json-value.ts';
import { createPositions, type Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { type SourceDocument, splitDocuments } from '../yaml-edit/yaml-stream.ts';
import {
  type AmbassadorAccount,
  collectRbac,
  hintsOfMissingRoles,
  type RbacObjects,
  rbacInText,
} from './ambassador-rbac.ts';
import { mentionsDownlink, openDocument } from './manifest-document.ts';
import {
  createManifestFindings,
  type ManifestFinding,
  type ManifestFindings,
  offsetOfField,
} from './manifest-finding.ts';
import { displayName, objectsOf } from './manifest-objects.ts';
import { type ManifestOptions, withSomeNamespace } from './manifest-options.ts';
import { mentionsMisspelledPrefix, misspelledPrefixFindings } from './misspelled-prefix-findings.ts';
import { type ReviewedPod, reviewDocument } from './review-manifest.ts';
import {
  collectAnnotations,
  hintsOfUnreadKeys,
  type PodAnnotations,
  type UnreadKey,
  unreadKeys,
} from './unread-keys.ts';

/** A manifest, and the name by which to report it. */
export interface NamedManifest {
  readonly name: string;
  readonly text: string;
}

/** The findings about a manifest, in the order of their positions. */
export interface LintedManifest {
  readonly name: string;
  readonly findings: readonly ManifestFinding[];
  /** Whether the result for any pod depends on the Kubernetes version, which is unknown. */
  readonly needsVersion: boolean;
}

type OptionsInNamespace = ReturnType<typeof withSomeNamespace>;

/** What all manifests share. */
interface LintContext {
  readonly options: OptionsInNamespace;
  readonly rbac: RbacObjects;
  readonly annotations: PodAnnotations;
}

/** What is collected from one manifest. */
interface ManifestLint {
  readonly name: string;
  readonly findings: ManifestFindings;
  readonly ambassadors: AmbassadorAccount[];
  readonly unread: UnreadKey[];
  needsVersion: boolean;
}

/**
 * Reports everything that is wrong with the annotations in these manifests, with the messages of the webhook: mistakes,
 * annotations in the wrong place, Downlink keys that nothing reads, and ambassadors without a role. The manifests are
 * checked together, because a ServiceAccount may be in one and its role binding in another, but only one at a time is
 * in memory.
 */
export function lint(manifests: Iterable<NamedManifest>, options: ManifestOptions): readonly LintedManifest[] {
  const rbac: RbacObjects = { accounts: new Set(), subjects: new Set() };
  const context: LintContext = {
    options: { ...withSomeNamespace(options), onInvalid: 'deny' },
    rbac,
    annotations: new Set(),
  };
  const lints: ManifestLint[] = [];
  for (const manifest of manifests) lints.push(lintManifest(manifest, context));
  return lints.map(({ name, findings, ambassadors, unread, needsVersion }) => {
    findings.add(hintsOfMissingRoles(ambassadors, context.rbac));
    findings.add(hintsOfUnreadKeys(unread, context.annotations));
    return { name, needsVersion, findings: findings.list() };
  });
}

function lintManifest({ name, text }: NamedManifest, context: LintContext): ManifestLint {
  const lint = { name, findings: createManifestFindings(), ambassadors: [], unread: [], needsVersion: false };
  const positions = createPositions(text);
  for (const source of splitDocuments(text)) lintDocument(source, positions, context, lint);
  return lint;
}

function lintDocument(
  source: SourceDocument,
  positions: Positions,
  { options, rbac, annotations }: LintContext,
  lint: ManifestLint,
): void {
  const hasAnnotations = mentionsDownlink(source);
  const hasMisspelledPrefix = mentionsMisspelledPrefix(source);
  const isRead = hasAnnotations || hasMisspelledPrefix || rbacInText.test(source.text);
  const opened = openDocument(source, isRead ? 'value' : 'syntax', positions);
  if (opened.kind === 'failure') {
    lint.findings.add([opened.finding]);
    return;
  }
  const { document } = opened;
  if (hasMisspelledPrefix) lint.findings.add(misspelledPrefixFindings(document, positions));
  for (const object of objectsOf(document.value)) collectRbac(object, options.namespace, rbac);
  if (!hasAnnotations) return;
  collectAnnotations(document, annotations);
  for (const key of unreadKeys(document, positions)) lint.unread.push(key); // possibly too many to spread
  for (const review of reviewDocument(document, options, positions)) {
    const isRelevant = (finding: ManifestFinding) => !isDueToUnknownVersion(finding, review);
    lint.findings.add(review.findings.filter(isRelevant).map(misplacedAsError));
    lint.needsVersion ||= review.needsVersion;
    lint.ambassadors.push(...ambassadorAccount(document, review, options, positions));
  }
}

/** Returns whether a finding is about an ordinary container, which the ambassador would be only on an old version. */
function isDueToUnknownVersion({ code }: ManifestFinding, { needsVersion }: ReviewedPod): boolean {
  return needsVersion && code === 'application-must-retry';
}

/** Makes a misplaced annotation an error: a cluster accepts it, but it is a mistake to fix. */
function misplacedAsError(finding: ManifestFinding): ManifestFinding {
  return finding.code === 'misplaced' ? { ...finding, severity: 'error' } : finding;
}

/** Returns the ServiceAccount of a pod that has or gets an ambassador. */
function ambassadorAccount(
  document: YamlDocument,
  { object, pod, below, outcome }: ReviewedPod,
  options: OptionsInNamespace,
  positions: Positions,
): readonly AmbassadorAccount[] {
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
        code: 'missing-role',
        object: displayName(object),
        field,
        message: `${field}: ${detail}`,
        ...place,
      }),
    },
  ];
}
