import { annotationField } from '../annotations/annotation-keys.ts';
import { mapFound } from '../diagnostics/findings.ts';
import { valueAt } from '../json/json-value.ts';
import { createPositions, type Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { type SourceDocument, splitDocuments } from '../yaml-edit/yaml-stream.ts';
import {
  type AmbassadorAccount,
  applicationToken,
  collectRbac,
  hintsOfApplicationTokens,
  hintsOfMissingRoles,
  type RbacObjects,
  rbacInText,
  tokenOf,
} from './ambassador-rbac.ts';
import { mentionsDownlink, openDocument } from './manifest-document.ts';
import {
  createManifestFindings,
  listFindings,
  type ManifestFinding,
  type ManifestFindings,
} from './manifest-finding.ts';
import { nonEmptyText, objectsOf } from './manifest-objects.ts';
import { type ManifestOptions, withSomeNamespace } from './manifest-options.ts';
import { mentionsMisspelledPrefix, misspelledPrefixFindings } from './misspelled-prefix-findings.ts';
import { ambassadorOf, podHints } from './pod-hints.ts';
import { createFindings, type ReviewedPod, reviewDocument } from './review-manifest.ts';
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
  const rbac: RbacObjects = { accounts: new Set(), accountsWithoutToken: new Set(), subjects: new Set() };
  const context: LintContext = {
    options: { ...withSomeNamespace(options), onInvalid: 'deny' },
    rbac,
    annotations: new Set(),
  };
  const lints: ManifestLint[] = [];
  for (const manifest of manifests) lints.push(lintManifest(manifest, context));
  return lints.map(({ name, findings, ambassadors, unread, needsVersion }) => {
    findings.add(hintsOfMissingRoles(ambassadors, context.rbac));
    findings.add(hintsOfApplicationTokens(ambassadors, context.rbac));
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
    const isOtherTemplate = !hasAnnotations && !hasMisspelledPrefix && source.text.includes('{{'); // of a chart: nothing in it is about Downlink
    if (!isOtherTemplate) lint.findings.add([opened.finding]);
    return;
  }
  const { document } = opened;
  if (hasMisspelledPrefix) lint.findings.add(misspelledPrefixFindings(document, positions));
  for (const object of objectsOf(document.value)) collectRbac(object, options.namespace, rbac);
  if (!hasAnnotations) return;
  collectAnnotations(document, annotations);
  for (const key of unreadKeys(document, positions, options.profiles)) lint.unread.push(key); // possibly too many to spread
  for (const review of reviewDocument(document, options, positions)) {
    const isRelevant = (finding: ManifestFinding) => !isDueToUnknownVersion(finding, review);
    const { hint } = createFindings(document, review.object, positions);
    lint.findings.add(review.findings.filter(isRelevant).map((finding) => withLintSeverity(finding, review)));
    lint.findings.add(listFindings(mapFound(podHints(review), hint)));
    lint.needsVersion ||= review.needsVersion;
    lint.ambassadors.push(...ambassadorAccount(document, review, options, positions));
  }
}

/** Returns whether a finding is about an ordinary container, which the ambassador would be only on an old version. */
function isDueToUnknownVersion({ code }: ManifestFinding, { needsVersion }: ReviewedPod): boolean {
  return needsVersion && code === 'application-must-retry';
}

/**
 * Makes a misplaced annotation an error: a cluster accepts it, but it is a mistake to fix. On a custom resource it remains a
 * warning, because some controllers copy the annotations of the resource to its pods.
 */
function withLintSeverity(finding: ManifestFinding, { object }: ReviewedPod): ManifestFinding {
  return finding.code === 'misplaced' && !object.isCustom ? { ...finding, severity: 'error' } : finding;
}

/** Returns the ServiceAccount of a pod that has or gets an ambassador. */
function ambassadorAccount(
  document: YamlDocument,
  review: ReviewedPod,
  options: OptionsInNamespace,
  positions: Positions,
): readonly AmbassadorAccount[] {
  if (ambassadorOf(review) === undefined) return [];
  const { object, pod, below } = review;
  const { hint } = createFindings(document, object, positions);
  const named = (['serviceAccountName', 'serviceAccount'] as const).find(
    (name) => nonEmptyText(pod, ['spec', name]) !== undefined,
  );
  const { field } = below({ field: named === undefined ? annotationField('ambassador') : `spec.${named}` });
  return [
    {
      namespace: object.namespace ?? options.namespace,
      account: (named && nonEmptyText(pod, ['spec', named])) ?? 'default',
      hint: (detail) => hint({ code: 'missing-role', field, detail }),
      token: tokenOf(valueAt(pod, ['spec', 'automountServiceAccountToken'])),
      tokenHint: hint(below(applicationToken)),
    },
  ];
}
