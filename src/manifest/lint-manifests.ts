import { mapFound } from '../diagnostics/findings.ts';
import { createPositions, type Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { type SourceDocument, splitDocuments } from '../yaml-edit/yaml-stream.ts';
import { ambassadorAccount } from './ambassador-account.ts';
import {
  type AmbassadorAccount,
  collectRbac,
  hintsOfApplicationTokens,
  hintsOfMissingRoles,
  type RbacObjects,
  rbacInText,
} from './ambassador-rbac.ts';
import { isJsonPatch, reviewJsonPatch } from './json-patch-document.ts';
import { kustomizationPath, type PatchTarget } from './kustomization.ts';
import { commonAnnotationFindings, inlinePatches } from './kustomization-findings.ts';
import { mentionsDownlink, openDocument } from './manifest-document.ts';
import {
  createManifestFindings,
  listFindings,
  type ManifestFinding,
  type ManifestFindings,
} from './manifest-finding.ts';
import { objectsOf } from './manifest-objects.ts';
import { type ManifestOptions, withSomeNamespace } from './manifest-options.ts';
import { mentionsMisspelledPrefix, misspelledPrefixFindings } from './misspelled-prefix-findings.ts';
import { podsAndPatchesOf } from './partial-pod.ts';
import { podHints } from './pod-hints.ts';
import { createFindings, type ReviewedPod, reviewDocument } from './review-manifest.ts';
import {
  collectAnnotations,
  hintsOfUnreadKeys,
  type PodAnnotations,
  type UnreadKey,
  unreadKeys,
} from './unread-keys.ts';
import { findingOfFailure } from './unreadable-document.ts';

/** A manifest, and the name by which to report it. */
export interface NamedManifest {
  readonly name: string;
  readonly text: string;
  /** Whether it is a patch of a kustomization, so that its objects are partial; absent means that their shape decides. */
  readonly isPatch?: boolean;
  /**
   * Whether it was found in a folder, which can have files of any kind: a document that is not YAML and does not mention
   * Downlink is passed over. Absent means that it is an error.
   */
  readonly isFound?: boolean;
}

/** The findings about a manifest, in the order of their positions. */
export interface LintedManifest {
  readonly name: string;
  readonly findings: readonly ManifestFinding[];
  /** Whether the result for any pod depends on the Kubernetes version, which is unknown. */
  readonly needsVersion: boolean;
  /** How many of its documents are passed over: templates, and others that cannot be read but do not mention Downlink. */
  readonly passedOver: number;
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
  passedOver: number;
}

/** Where a document is, and what is known about it. */
interface LintedDocument {
  readonly source: SourceDocument;
  readonly positions: Positions;
  readonly manifest: NamedManifest;
  readonly target: PatchTarget;
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
  return lints.map(({ name, findings, ambassadors, unread, needsVersion, passedOver }) => {
    findings.add(hintsOfMissingRoles(ambassadors, context.rbac));
    findings.add(hintsOfApplicationTokens(ambassadors, context.rbac));
    findings.add(hintsOfUnreadKeys(unread, context.annotations));
    return { name, needsVersion, passedOver, findings: findings.list() };
  });
}

const anyTarget: PatchTarget = { kind: undefined, name: undefined };

function lintManifest(manifest: NamedManifest, context: LintContext): ManifestLint {
  const { name, text } = manifest;
  const counts = { needsVersion: false, passedOver: 0 };
  const lint: ManifestLint = { name, findings: createManifestFindings(), ambassadors: [], unread: [], ...counts };
  const positions = createPositions(text);
  for (const source of splitDocuments(text))
    lintDocument({ source, positions, manifest, target: anyTarget }, context, lint);
  return lint;
}

function lintDocument(linted: LintedDocument, context: LintContext, lint: ManifestLint): void {
  const { source, positions, manifest, target } = linted;
  const { options, rbac, annotations } = context;
  const hasAnnotations = mentionsDownlink(source);
  const hasMisspelledPrefix = mentionsMisspelledPrefix(source);
  const isRead = hasAnnotations || hasMisspelledPrefix || rbacInText.test(source.text);
  const opened = openDocument(source, isRead ? 'value' : 'syntax', positions);
  if (opened.kind === 'failure') {
    const finding = findingOfFailure(opened, source, manifest.isFound === true);
    if (finding === undefined) lint.passedOver++;
    else lint.findings.add([finding]);
    return;
  }
  const { document } = opened;
  if (hasMisspelledPrefix) lint.findings.add(misspelledPrefixFindings(document, positions));
  for (const object of objectsOf(document.value)) collectRbac(object, options.namespace, rbac);
  if (!hasAnnotations) return;
  if (isJsonPatch(document.value)) {
    lint.findings.add(reviewJsonPatch(document, target, options, positions));
    return;
  }
  // a patch of a kustomization has no patches of its own, so that they cannot be nested
  const kustomization = manifest.isPatch ? undefined : kustomizationPath(document.value, manifest.name);
  if (kustomization !== undefined) {
    lint.findings.add(commonAnnotationFindings(document, kustomization, options, positions));
    for (const patch of inlinePatches(document, kustomization, positions))
      lintDocument({ ...patch, manifest: { ...manifest, isPatch: true } }, context, lint);
  }
  collectAnnotations(document, annotations);
  for (const key of unreadKeys(document, positions, options.profiles)) lint.unread.push(key); // possibly too many to spread
  lintPods(document, linted, context, lint);
}

function lintPods(
  document: YamlDocument,
  { positions, manifest }: LintedDocument,
  { options }: LintContext,
  lint: ManifestLint,
): void {
  const pods = podsAndPatchesOf(document.value, manifest.isPatch === true);
  for (const review of reviewDocument(document, options, positions, pods)) {
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
