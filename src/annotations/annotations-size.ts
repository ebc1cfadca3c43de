/**
 * The maximum total size of the annotations of an object, in bytes.
 * Source: kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go
 */
export const maxAnnotations = 256 * 1024;

/** Returns the total size of the keys and values in bytes, as the API server counts it. */
export function sizeOf(annotations: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    const value = annotations[key];
    bytes += Buffer.byteLength(key) + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  }
  return bytes;
}
