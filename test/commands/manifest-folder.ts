import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { parse } from 'yaml';
import { run } from './run-program.ts';

const examples = join(import.meta.dirname, '../../docs/examples');
export const shop = join(examples, 'shop.yaml');
export const withMistakes = join(examples, 'shop-with-mistakes.yaml');

/** Returns a pod as YAML, with these annotations in flow style. */
export const pod = (name: string, annotations = 'downlink.dev/env: metadata.name') =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  annotations: { ${annotations} }\nspec:\n  containers: [{ name: main }]\n`;

/** Runs a command with this standard input. */
export const runWith = (args: readonly string[], input = '', env: Readonly<Record<string, string>> = {}) =>
  run(args, { input, env });

/** Resolves a name in the folder. */
type PathOf = (...names: readonly string[]) => string;

/** Creates a folder of manifests for the tests of a file. `prepare` can add to it. */
export function useManifestFolder(prepare: (at: PathOf) => Promise<void> = async () => {}): PathOf {
  let folder: string;
  const at: PathOf = (...names) => join(folder, ...names);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'downlink-manifests-'));
    await mkdir(at('k8s/inner'), { recursive: true });
    await writeFile(at('k8s/a.yaml'), pod('a'));
    await writeFile(at('k8s/b.yml'), `---\n${pod('b')}`);
    await writeFile(at('k8s/notes.txt'), 'not a manifest');
    await writeFile(at('k8s/inner/c.json'), JSON.stringify(parse(pod('c'))));
    await prepare(at);
  });
  after(() => rm(folder, { recursive: true }));
  return at;
}
