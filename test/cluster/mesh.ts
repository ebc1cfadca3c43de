import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Pod } from '../../src/kubernetes/pod.ts';
import type { CertificateFolder } from '../running-server.ts';

/** The label of pods that get the mesh's container. */
export const meshLabel = { mesh: 'in' };

/** A mutating webhook as a service mesh has one: it adds a container, `mesh`, where there is none. */
export async function startMesh({ folder }: CertificateFolder): Promise<{ port: number; stop: () => Promise<void> }> {
  const pem = (name: string) => readFile(join(folder, name), 'utf8');
  const server = createServer({ cert: await pem('tls.crt'), key: await pem('tls.key') }, async (request, response) => {
    const {
      apiVersion,
      kind,
      request: review,
    } = (await json(request)) as { apiVersion: string; kind: string; request: { uid: string; object: Pod } };
    const present = review.object.spec?.containers?.some(({ name }) => name === 'mesh');
    const patch = [{ op: 'add', path: '/spec/containers/-', value: { name: 'mesh', image: 'mesh:1' } }];
    const change = present
      ? {}
      : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ apiVersion, kind, response: { uid: review.uid, allowed: true, ...change } }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  return { port, stop };
}
