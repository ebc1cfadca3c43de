import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..'); // what the image has in /app

/** Returns how the image starts the server, with the built files of this repository: the arguments of `node`, and the environment. */
export async function imageCommand(): Promise<{
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}> {
  const text = await readFile(join(root, 'Dockerfile'), 'utf8');
  const [, ...args] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)?.[1] ?? '[]') as readonly string[];
  const env = Object.fromEntries(
    [...text.matchAll(/^ENV (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  return { args: args.map((argument) => argument.replace(/^\/app(?=\/)/, root)), env };
}
