const dnsLabel = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const namePart = /^[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?$/;
const maxSubdomain = 253; // characters
const maxNamePart = 63; // characters

/** Reports whether a string has the form of a DNS label, like the name of a container. Does not check its length. */
export function isDnsLabel(text: string): boolean {
  return dnsLabel.test(text);
}

/**
 * Reports whether a string can be the key of a label: a name, optionally preceded by a DNS subdomain and a slash.
 * Source: kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go, IsQualifiedName
 */
export function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  if (name.length > maxNamePart || !namePart.test(name)) return false;
  if (slash < 0) return true;
  const subdomain = key.slice(0, slash);
  return subdomain.length <= maxSubdomain && subdomain.split('.').every(isDnsLabel);
}
