import { annotationField } from '../annotations/annotation-keys.ts';
import type { InjectionStatus } from '../annotations/injection-status.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import type { Found } from '../diagnostics/findings.ts';
import type { InjectionOptions } from '../injection/injection-options.ts';
import { unmetRequirements } from '../kubernetes/label-selector.ts';
import { howToRecreate } from './pod-owner.ts';
import { appliesProfile, type RegisteredWebhook } from './registered-webhook.ts';
import { maxCauses, type ObjectReference, type ScanFinding } from './scan-finding.ts';
import type { NamespaceLabels } from './webhook-scope.ts';

/** What a pod would get if it were recreated, and whether the profiles are those of the webhook. */
export interface ScanOptions extends InjectionOptions {
  /** Whether the settings of the webhook could be read. If not, nothing can be said about profiles. */
  readonly profilesAreKnown: boolean;
}

/** The profiles of an injected pod that differ from those in the settings of the webhook. */
export interface StaleProfiles {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

const namespaceLabel = 'downlink.dev/profile';

/** Compares the profiles with which a pod was injected with those in the settings. */
export function staleProfiles(
  injected: InjectionStatus['profiles'],
  { profiles, profilesAreKnown }: ScanOptions,
): StaleProfiles {
  const names = profilesAreKnown ? [...injected.keys()].slice(0, maxCauses) : [];
  return {
    changed: names.filter((name) => profiles.has(name) && profiles.get(name)?.hash !== injected.get(name)),
    removed: names.filter((name) => !profiles.has(name)),
  };
}

/** Returns the errors without those about the names of profiles if the profiles are unknown: each name would be one. */
export function certainErrors(
  { first, total }: Found<FieldError>,
  { profilesAreKnown }: ScanOptions,
): Found<FieldError> {
  const certain = first.filter(({ field }) => profilesAreKnown || !field.endsWith(annotationField('profile')));
  return { first: certain, total: total - (first.length - certain.length) };
}

/** Returns the findings about profiles that have changed since the pod was injected. */
export function staleProfileFindings(
  { changed, removed }: StaleProfiles,
  object: ObjectReference,
): readonly Omit<ScanFinding, 'object' | 'pods'>[] {
  const finding = (name: string, change: string) => ({
    severity: 'warning' as const,
    code: 'profile-changed' as const,
    problem: `injected with the profile ${JSON.stringify(name)}, which ${change}`,
    causes: [],
    advice: howToRecreate(object),
  });
  return [
    ...changed.map((name) => finding(name, 'has changed since then')),
    ...removed.map((name) => finding(name, 'the settings of the webhook no longer have')),
  ];
}

/** Returns a finding for each namespace whose label requests a profile that no webhook applies. */
export function namespaceProfileFindings(
  namespaces: NamespaceLabels,
  webhooks: readonly RegisteredWebhook[],
): readonly ScanFinding[] {
  const applying = webhooks.filter(appliesProfile);
  return [...(namespaces ?? [])].flatMap(([name, labels]): readonly ScanFinding[] => {
    const profile = Object.hasOwn(labels, namespaceLabel) ? labels[namespaceLabel] : undefined;
    const isApplied = applying.some(
      ({ namespaceSelector }) => unmetRequirements(namespaceSelector, labels).length === 0,
    );
    if (profile === undefined || isApplied) return [];
    const remove = `remove the label: kubectl label namespace ${name} ${namespaceLabel}-`;
    return [
      {
        severity: 'warning',
        code: 'namespace-profile',
        object: { kind: 'Namespace', name },
        problem: `no webhook selects its label ${namespaceLabel}=${profile}, so its pods do not get the profile`,
        causes: [],
        advice: `add the profile to the chart's value namespaceProfiles, or ${remove}`,
      },
    ];
  });
}
