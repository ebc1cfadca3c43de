import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionCase } from './connection-cases.ts';
import type { Growth } from './grown.ts';
import type { CaseOptions, ReviewCase } from './review-cases.ts';

/** A case that once failed, as a file: `found/<what-failed>.json`. */
export type FoundCase =
  | { readonly kind: 'review'; readonly why: string; readonly options: CaseOptions; readonly body: string | Base64 }
  | {
      readonly kind: 'work';
      readonly why: string;
      readonly growth: Growth;
      readonly options: CaseOptions;
      readonly body: string | Base64;
    }
  | { readonly kind: 'connection'; readonly why: string; readonly connection: ConnectionCase };

/** A body that is not UTF-8. */
interface Base64 {
  readonly base64: string;
}

const folder = join(import.meta.dirname, 'found');

/** Returns the cases in the folder, by name. */
export async function loadFound(): Promise<readonly { readonly name: string; readonly found: FoundCase }[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: file.slice(0, -'.json'.length),
      found: JSON.parse(await readFile(join(folder, file), 'utf8')) as FoundCase,
    })),
  );
}

/** Writes a case to the folder under a name made from its content. Returns the path. */
export async function saveFound(found: FoundCase): Promise<string> {
  const text = `${JSON.stringify(found, null, 2)}\n`;
  const file = join(folder, `new-${createHash('sha256').update(text).digest('hex').slice(0, 8)}.json`);
  await writeFile(file, text);
  return file;
}

export function foundReview({ body, options }: ReviewCase, why: string): FoundCase {
  return { kind: 'review', why, options, body: textOf(body) };
}

export function foundWork({ body, options }: ReviewCase, growth: Growth, why: string): FoundCase {
  return { kind: 'work', why, growth, options, body: textOf(body) };
}

function textOf(body: Buffer): string | Base64 {
  const text = body.toString();
  return Buffer.from(text).equals(body) ? text : { base64: body.toString('base64') };
}

export function reviewOfFound({ body, options }: Extract<FoundCase, { kind: 'review' | 'work' }>): ReviewCase {
  return { options, body: typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.base64, 'base64') };
}
