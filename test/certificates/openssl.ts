import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PemPair } from '../support/pem-certificates.ts';

const run = promisify(execFile);

/** The properties of a certificate. Those that are left out are as in a good certificate. */
export interface CertificateRequest {
  readonly commonName?: string;
  /** For `openssl genpkey`, for example `['-algorithm', 'ed25519']`; by default one RSA key for all. */
  readonly key?: readonly string[];
  /** As in openssl.cnf, for example `subjectAltName=DNS:localhost`. */
  readonly extensions?: readonly string[];
  /** Further flags of `openssl req`, for example `['-sha1']`. */
  readonly flags?: readonly string[];
  /** The issuer; by default, the certificate is self-signed. */
  readonly issuer?: PemPair | undefined;
}

const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });

/** Issues a certificate with openssl, which can issue certificates that node-forge cannot. */
export async function issueByOpenssl(request: CertificateRequest): Promise<PemPair> {
  const { commonName = 'downlink', key, extensions = [], flags = [], issuer } = request;
  await free();
  const folder = await mkdtemp(join(tmpdir(), 'downlink-openssl-'));
  const openssl = (...args: readonly string[]) => run('openssl', args, { cwd: folder });
  try {
    await writeFile(join(folder, 'openssl.cnf'), '[req]\ndistinguished_name = name\n[name]\n');
    if (key === undefined) await writeFile(join(folder, 'tls.key'), rsaKey);
    else await openssl('genpkey', ...key, '-out', 'tls.key');
    if (issuer !== undefined) {
      await writeFile(join(folder, 'ca.crt'), issuer.certificate);
      await writeFile(join(folder, 'ca.key'), issuer.privateKey);
    }
    const signer = issuer === undefined ? [] : ['-CA', 'ca.crt', '-CAkey', 'ca.key'];
    const added = extensions.flatMap((extension) => ['-addext', extension]);
    const rest = ['-subj', `/CN=${commonName}`, '-days', '2', ...added, ...signer, ...flags, '-out', 'tls.crt'];
    await openssl('req', '-x509', '-new', '-config', 'openssl.cnf', '-key', 'tls.key', ...rest);
    const pem = (name: string) => readFile(join(folder, name), 'utf8');
    return { certificate: await pem('tls.crt'), privateKey: await pem('tls.key') };
  } finally {
    await rm(folder, { recursive: true });
    running--;
    waiting.shift()?.();
  }
}

const maxRunning = 4; // processes
let running = 0;
const waiting: (() => void)[] = [];

/** Waits until fewer than the maximum number of processes run. */
async function free(): Promise<void> {
  if (running >= maxRunning) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
}
