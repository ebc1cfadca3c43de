import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueByOpenssl } from '../certificates/openssl.ts';
import { writeCertificates } from '../support/pem-certificates.ts';
import type { CertificateFolder } from '../support/test-server.ts';

/** The keys of serving certificates that the benchmarks compare, with the flags of `openssl genpkey`. */
const servingKeys = {
  'RSA 2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'P-256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
} as const;
export type ServingKey = keyof typeof servingKeys;

/** Issues a CA and a certificate for localhost, both with such keys. Needs openssl, because node-forge cannot sign with P-256. */
export async function makeFolderWithKey(name: ServingKey): Promise<CertificateFolder> {
  const key = servingKeys[name];
  const authority = await issueByOpenssl({ key, extensions: ['basicConstraints=critical,CA:TRUE'] });
  const extensions = ['subjectAltName=DNS:localhost,IP:127.0.0.1', 'basicConstraints=critical,CA:FALSE'];
  const pair = await issueByOpenssl({ key, issuer: authority, extensions });
  const folder = await mkdtemp(join(tmpdir(), 'downlink-key-'));
  await writeCertificates(folder, authority.certificate, pair);
  return { folder, authority, remove: () => rm(folder, { recursive: true }) };
}
