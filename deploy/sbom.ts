/** Prints the bill of materials of the image without its base: the runtime dependencies in package-lock.json, as CycloneDX. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Bom {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: object };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface Component {
  readonly purl: string;
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string }[];
}

/** What npm adds to a package that only development needs. */
const development = 'cdx:npm:package:development';

/** Returns the bill of materials. It depends only on the lock file and the version of npm. */
export async function billOfMaterials(): Promise<Bom> {
  // not `--omit dev`, with which npm also leaves out a production dependency that is a peer of a development dependency
  const args = ['sbom', '--package-lock-only', '--sbom-type', 'application'];
  const { stdout } = await promisify(execFile)('npm', [...args, '--sbom-format', 'cyclonedx'], {
    cwd: join(import.meta.dirname, '..'),
    maxBuffer: 64 * 1024 * 1024, // bytes: far more than the list takes
  });
  const { metadata, ...all }: Bom = JSON.parse(stdout);
  const rest = withoutDevelopment(all);
  const { timestamp, ...constant } = metadata; // would make each list different
  return {
    ...rest,
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(rest.components))}`, // npm sets a random one
    metadata: { ...constant, component: { ...metadata.component, name: 'downlink' } }, // npm sets the name of the folder
  } as Bom;
}

/** Returns a list without the packages that only development needs. */
function withoutDevelopment<B extends Pick<Bom, 'components' | 'dependencies'>>(bom: B): B {
  const isDevelopment = ({ properties = [] }: Component) => properties.some(({ name }) => name === development);
  const left = new Set(bom.components.filter(isDevelopment).map((component) => component['bom-ref']));
  return {
    ...bom,
    components: bom.components.filter((component) => !isDevelopment(component)),
    dependencies: bom.dependencies
      .filter(({ ref }) => !left.has(ref))
      .map(({ dependsOn = [], ...one }) => ({ ...one, dependsOn: dependsOn.filter((ref) => !left.has(ref)) })),
  };
}

/** Returns a UUID for a text. Version 8 allows custom bits. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await billOfMaterials(), null, 2)}\n`);
