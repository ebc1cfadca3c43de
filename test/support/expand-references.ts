/**
 * Returns the values of variables as the kubelet computes them, in order: `$(VAR)` becomes the value of an earlier variable, and
 * `$$` becomes `$`. A variable with `valueFrom` has the value that `fields` gives for its field.
 * Source: kubernetes/kubernetes third_party/forked/golang/expansion/expand.go
 */
export function expandedVariables(
  env: readonly { readonly name: string; readonly value?: string | null | undefined; readonly valueFrom?: unknown }[],
  fields: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { name, value, valueFrom } of env) {
    const { fieldPath = '' } = (valueFrom as { fieldRef?: { fieldPath: string } } | undefined)?.fieldRef ?? {};
    values.set(name, value === undefined || value === null ? (fields[fieldPath] ?? '') : expanded(value, values));
  }
  return values;
}

function expanded(text: string, values: ReadonlyMap<string, string>): string {
  let result = '';
  for (let at = 0; at < text.length; at++) {
    const [character, next] = [text[at], text[at + 1]];
    if (character !== '$' || next === undefined) {
      result += character;
    } else if (next === '$') {
      result += '$';
      at++;
    } else if (next === '(' && text.indexOf(')', at) > 0) {
      const end = text.indexOf(')', at);
      const name = text.slice(at + 2, end);
      result += values.get(name) ?? `$(${name})`;
      at = end;
    } else {
      result += `$${next}`;
      at++;
    }
  }
  return result;
}
