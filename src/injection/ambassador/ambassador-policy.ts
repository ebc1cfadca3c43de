import { type AnnotationName, annotationField } from '../../annotations/annotation-keys.ts';
import type { FieldErrorKind } from '../../diagnostics/field-error.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { listNames, quote } from '../../diagnostics/text.ts';
import type { AmbassadorPolicy, PodOrigin } from '../patch/injection-part.ts';
import { type AmbassadorIntent, withRequiredAccess } from './ambassador-options.ts';

/**
 * Reports what a pod requests although the policy of the cluster does not allow it. A namespace that is unknown is allowed, and
 * so is a profile that requests no access.
 */
export function checkPolicy(
  { access, image }: Pick<AmbassadorIntent, 'access' | 'image'>,
  { namespaces, access: presets, requiredAccess, images }: AmbassadorPolicy,
  { namespace, isNamespaceAssumed }: Pick<PodOrigin, 'namespace' | 'isNamespaceAssumed'>,
  findings: Findings,
): void {
  const isKnown = namespace !== undefined && isNamespaceAssumed !== true;
  if (namespaces !== undefined && isKnown && !isAllowedNamespace(namespace, namespaces)) {
    const detail = `this cluster allows it only in the namespaces ${listNames(namespaces)}, and not in ${quote(namespace)}`;
    report('ambassador', { kind: 'Forbidden', detail }, findings);
  }
  for (const preset of access) {
    if (presets === undefined || presets.includes(preset)) continue;
    report(
      'ambassador-access',
      { kind: 'Invalid', value: preset, detail: `this cluster allows ${listNames(presets)}` },
      findings,
    );
  }
  if (access.length > 0 && requiredAccess.some((preset) => !access.some((given) => given === preset))) {
    const right = withRequiredAccess(access, requiredAccess);
    const detail = `this cluster requires ${listNames(requiredAccess)}; write ${quote(right.join(', '))}`;
    report('ambassador-access', { kind: 'Invalid', value: access.join(', '), detail }, findings);
  }
  if (images !== undefined && !isAllowedImage(image, images)) {
    const others = images.prefixes.length === 0 ? '' : `, and images that begin with ${listNames(images.prefixes)}`;
    const detail = `this cluster allows ${quote(images.image)}${others}`;
    report('ambassador-image', { kind: 'Invalid', value: image, detail }, findings);
  }
}

function isAllowedNamespace(namespace: string, allowed: readonly string[]): boolean {
  return allowed.some((one) => (one.endsWith('*') ? namespace.startsWith(one.slice(0, -1)) : one === namespace));
}

/**
 * Reports whether an image is that of the settings or begins with one of the prefixes. After a colon there can only be a tag
 * and a digest: `kubectl:` must not allow `kubectl:5000/image`, in which kubectl is a registry.
 */
function isAllowedImage(
  image: string,
  { image: ofSettings, prefixes }: NonNullable<AmbassadorPolicy['images']>,
): boolean {
  if (image === ofSettings) return true;
  return prefixes.some((prefix) => {
    if (!image.startsWith(prefix)) return false;
    return prefix.endsWith('/') || !image.slice(prefix.length).includes('/');
  });
}

interface PolicyError {
  readonly kind: FieldErrorKind;
  readonly value?: string;
  readonly detail: string;
}

function report(name: AnnotationName, error: PolicyError, findings: Findings): void {
  findings.errors.push({ field: annotationField(name), ...error });
}
