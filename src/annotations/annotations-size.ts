/** Bytes that all annotations of an object together may have. Source: kubernetes/kubernetes apimachinery/pkg/api/validation/objectmeta.go */
export const maxAnnotations = 256 * 1024;

/** Bytes, counted as the API server does: keys and values. */
export function sizeOf(annotations: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    const value = annotations[key];
    bytes += Buffer.byteLength(key) + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  }
  return bytes;
}
