import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { day } from '../time/duration.ts';
import type { ServingPair } from './certificate.ts';
import { writeCertificates } from './certificate-files.ts';
import { issueAuthority, issueCertificate, type Randomness } from './issue-certificate.ts';

const lifetime = day;

/** A certificate for localhost, and the folder in which clients find its ca.crt. */
export interface TemporaryCertificate {
  readonly pair: ServingPair;
  readonly folder: string;
}

/** Issues a CA and a certificate for localhost, and writes them to a new temporary folder. */
export async function makeTemporaryCertificate(now: Date, randomness: Randomness): Promise<TemporaryCertificate> {
  const authority = await issueAuthority({ commonName: 'Downlink temporary CA', now, lifetime, randomness });
  const names = ['localhost', '127.0.0.1', '::1'];
  const pair = await issueCertificate(authority, { names, now, lifetime, randomness });
  const folder = await mkdtemp(join(tmpdir(), 'downlink-'));
  await writeCertificates(folder, authority.certificate, pair);
  return { pair, folder };
}
