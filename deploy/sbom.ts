/** Prints the bill of materials of the image without its base: the runtime dependencies in package-lock.json, as CycloneDX. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Bom {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: object };
  readonly components: readonly { readonly purl: string }[];
}

/** Returns the bill of materials. It depends only on the lock file and the version of npm. */
export async function billOfMaterials(): Promise<Bom> {
  const args = ['sbom', '--package-lock-only', '--omit', 'dev', '--sbom-type', 'application'];
  const { stdout } = await promisify(execFile)('npm', [...args, '--sbom-format', 'cyclonedx'], {
    cwd: join(import.meta.dirname, '..'),
    maxBuffer: 64 * 1024 * 1024, // bytes: far more than the list takes
  });
  const { metadata, ...rest }: Bom = JSON.parse(stdout);
  const { timestamp, ...constant } = metadata; // would make each list different
  return {
    ...rest,
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(rest.components))}`, // npm sets a random one
    metadata: { ...constant, component: { ...metadata.component, name: 'downlink' } }, // npm sets the name of the folder
  } as Bom;
}

/** Returns a UUID for a text. Version 8 allows custom bits. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await billOfMaterials(), null, 2)}\n`);
