import { visit } from 'yaml';
import type { YamlDocument } from './yaml-document.ts';

/**
 * Returns the value of a document for printing it in another format: an integer that a number of JavaScript cannot hold is a
 * BigInt, and binary data is the text that kubectl reads. Changes the nodes of the document.
 */
export function exactValue({ yaml }: YamlDocument): unknown {
  visit(yaml, {
    Scalar: (_, scalar) => {
      const { value, source = '' } = scalar;
      if (typeof value === 'number' && !Number.isSafeInteger(value) && /^[-+]?[1-9]\d*$/.test(source))
        scalar.value = BigInt(source);
      else if (value instanceof Uint8Array) scalar.value = new TextDecoder().decode(value);
    },
  });
  return yaml.toJS() ?? undefined;
}

/** Returns such a value as indented JSON. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? rawJSON(String(one)) : one), 2);
}

/** Has no type in TypeScript 7.0. Node.js 22 and later, and browsers since 2025, have it. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
