/**
 * The maximum size of all annotations of an object together, in bytes. Source: kubernetes/kubernetes
 * apimachinery/pkg/api/validation/objectmeta.go
 */
export const maxAnnotations = 256 * 1024;

/** Returns the size of keys and values in bytes, as the API server counts it. */
export function sizeOf(annotations: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    const value = annotations[key];
    bytes += Buffer.byteLength(key) + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  }
  return bytes;
}
