import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Creates the key pairs of a control plane in the folder, each as NAME.crt and NAME.key, and sa.key for tokens. */
export async function makeCredentials(folder: string): Promise<void> {
  await writeFile(join(folder, 'openssl.cnf'), '[req]\ndistinguished_name = name\n[name]\n'); // that of the system marks every certificate as a CA
  await certificate(folder, 'ca', '/CN=cluster-test-ca', 'basicConstraints=critical,CA:true', undefined);
  const client = 'extendedKeyUsage=clientAuth';
  const server = 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc';
  await Promise.all([
    certificate(folder, 'apiserver', '/CN=kube-apiserver', server, 'ca'),
    certificate(folder, 'admin', '/O=system:masters/CN=admin', client, 'ca'),
    certificate(folder, 'controller-manager', '/CN=system:kube-controller-manager', client, 'ca'),
  ]);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
}

/** Writes a kubeconfig for the user of NAME.crt, and returns its path. */
export async function writeKubeconfig(folder: string, name: string, server: string): Promise<string> {
  const file = join(folder, `${name}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': join(folder, 'ca.crt') } }],
    users: [
      {
        name,
        user: { 'client-certificate': join(folder, `${name}.crt`), 'client-key': join(folder, `${name}.key`) },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    'current-context': 'test',
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Creates a certificate with openssl, because a client certificate needs an organization, which src/certificates does not set. */
async function certificate(
  folder: string,
  name: string,
  subject: string,
  extension: string,
  issuer: string | undefined,
): Promise<void> {
  const signer = issuer === undefined ? [] : ['-CA', `${issuer}.crt`, '-CAkey', `${issuer}.key`];
  const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const rest = ['-subj', subject, '-addext', extension, '-days', '2', ...files, ...signer];
  await run('openssl', ['req', '-x509', '-config', 'openssl.cnf', ...key, ...rest], { cwd: folder });
}
