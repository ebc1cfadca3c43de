/**
 * Returns text that Kubernetes expands to the given text: a `$` that would begin a reference or an escape is doubled.
 * Source: kubernetes/kubernetes third_party/forked/golang/expansion/expand.go
 */
export function escapeReferences(text: string): string {
  return text.replace(/\$(?=[$(])/g, '$$$$');
}

/** Returns the names of the variables that a value refers to as `$(NAME)`, each once. `$$(NAME)` is not a reference. */
export function referencesIn(value: string): readonly string[] {
  const names = new Set<string>();
  for (let at = value.indexOf('$'); at >= 0; at = value.indexOf('$', at)) {
    if (value[at + 1] !== '(') {
      at += 2; // `$$` is an escaped `$`, and any other character after a `$` begins nothing
      continue;
    }
    const end = value.indexOf(')', at);
    if (end < 0) break;
    names.add(value.slice(at + 2, end));
    at = end + 1;
  }
  return [...names];
}

/** Reports whether Kubernetes may set a variable of this name for a Service, as it does for the API server's in every pod. */
export function isServiceVariable(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*_(?:SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(
    name,
  );
}
