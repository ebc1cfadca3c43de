/** Prints what is in the image beside the base: a CycloneDX list of the runtime dependencies, from package-lock.json. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Bom {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: object };
  readonly components: readonly { readonly purl: string }[];
}

/** The list; the same for the same lock file, but for the version of npm that makes it. */
export async function billOfMaterials(): Promise<Bom> {
  const args = ['sbom', '--package-lock-only', '--omit', 'dev', '--sbom-type', 'application'];
  const { stdout } = await promisify(execFile)('npm', [...args, '--sbom-format', 'cyclonedx'], {
    cwd: join(import.meta.dirname, '..'),
    maxBuffer: 64 * 1024 * 1024, // bytes: far more than it can be
  });
  const { metadata, ...rest }: Bom = JSON.parse(stdout);
  const { timestamp, ...constant } = metadata; // the time of making it, which says nothing
  return {
    ...rest,
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(rest.components))}`, // npm takes a random one
    metadata: { ...constant, component: { ...metadata.component, name: 'downlink' } }, // npm takes the folder's name
  } as Bom;
}

/** A UUID (version 8, whose bits are anyone's to choose) of a text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await billOfMaterials(), null, 2)}\n`);
