import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueAuthority, issueCertificate, writeCertificates } from '../support/pem-certificates.ts';

const hour = 60 * 60 * 1000; // milliseconds

/** A volume of a Secret with a serving certificate, as the kubelet mounts it. */
export interface SecretVolume {
  readonly ca: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** A client certificate of the same CA. */
  readonly identity: { readonly cert: string; readonly key: string };
  /** Replaces the certificate by swapping the link `..data`. */
  readonly renew: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export async function mountSecret(): Promise<SecretVolume> {
  const volume = await mkdtemp(join(tmpdir(), 'downlink-soak-'));
  const authority = await issueAuthority('Downlink soak CA', new Date(), 24 * hour);
  const client = await issueCertificate(authority, ['kube-apiserver'], new Date(), 24 * hour, 'clientAuth');
  let version = 0;
  const renew = async () => {
    const name = `..${version++}`;
    const old = join(volume, `..${version - 2}`);
    await mkdir(join(volume, name));
    const pair = await issueCertificate(authority, ['localhost'], new Date(), 24 * hour);
    await writeCertificates(join(volume, name), authority.certificate, pair);
    await symlink(name, join(volume, '..data_tmp'));
    await rename(join(volume, '..data_tmp'), join(volume, '..data'));
    await rm(old, { recursive: true, force: true });
  };
  await renew();
  for (const file of ['ca.crt', 'tls.crt', 'tls.key']) await symlink(join('..data', file), join(volume, file));
  return {
    ca: authority.certificate,
    caFile: join(volume, 'ca.crt'),
    certFile: join(volume, 'tls.crt'),
    keyFile: join(volume, 'tls.key'),
    identity: { cert: client.certificate, key: client.privateKey },
    renew,
    remove: () => rm(volume, { recursive: true }),
  };
}
