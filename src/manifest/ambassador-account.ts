import { annotationField } from '../annotations/annotation-keys.ts';
import { valueAt } from '../json/json-value.ts';
import type { Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { type AmbassadorAccount, applicationToken, tokenOf } from './ambassador-rbac.ts';
import { nonEmptyText } from './manifest-objects.ts';
import { ambassadorOf } from './pod-hints.ts';
import { createFindings, type ReviewedPod } from './review-manifest.ts';

/** Returns the ServiceAccount of a pod that has or gets an ambassador. */
export function ambassadorAccount(
  document: YamlDocument,
  review: ReviewedPod,
  options: { readonly namespace: string },
  positions: Positions,
): readonly AmbassadorAccount[] {
  if (ambassadorOf(review) === undefined) return [];
  const { object, pod, below } = review;
  const { hint } = createFindings(document, object, positions);
  const named = (['serviceAccountName', 'serviceAccount'] as const).find(
    (name) => nonEmptyText(pod, ['spec', name]) !== undefined,
  );
  const { field } = below({ field: named === undefined ? annotationField('ambassador') : `spec.${named}` });
  // finished here, because a function that creates it later would keep the whole document in memory
  const missingRole = hint({ code: 'missing-role', field, detail: '' });
  return [
    {
      namespace: object.namespace ?? options.namespace,
      account: (named && nonEmptyText(pod, ['spec', named])) ?? 'default',
      hint: (detail) => ({ ...missingRole, message: `${field}: ${detail}` }),
      token: tokenOf(valueAt(pod, ['spec', 'automountServiceAccountToken'])),
      tokenHint: hint(below(applicationToken)),
    },
  ];
}
