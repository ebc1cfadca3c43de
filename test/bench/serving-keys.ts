import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueByOpenssl } from '../certificates/openssl.ts';
import { writeCertificates } from '../support/pem-certificates.ts';
import type { CertificateFolder } from '../support/test-server.ts';

/** Flags of `openssl genpkey`. */
const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
const p256 = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** The keys of serving certificates, and of the CAs that sign them, that the benchmarks compare. */
const servingKeys = {
  'RSA 2048': { key: rsa, authorityKey: rsa },
  'P-256': { key: p256, authorityKey: p256 },
  'P-256, CA with RSA 2048': { key: p256, authorityKey: rsa },
} as const;
export type ServingKey = keyof typeof servingKeys;

/** Issues a CA and a certificate for localhost with such keys. Needs openssl, because node-forge has no P-256. */
export async function makeFolderWithKey(name: ServingKey): Promise<CertificateFolder> {
  const { key, authorityKey } = servingKeys[name];
  const authority = await issueByOpenssl({ key: authorityKey, extensions: ['basicConstraints=critical,CA:TRUE'] });
  const extensions = ['subjectAltName=DNS:localhost,IP:127.0.0.1', 'basicConstraints=critical,CA:FALSE'];
  const pair = await issueByOpenssl({ key, issuer: authority, extensions });
  const folder = await mkdtemp(join(tmpdir(), 'downlink-key-'));
  await writeCertificates(folder, authority.certificate, pair);
  return { folder, authority, remove: () => rm(folder, { recursive: true }) };
}
