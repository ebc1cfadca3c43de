import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Pod } from '../../src/kubernetes/pod.ts';
import type { CertificateFolder } from '../support/test-server.ts';

/** The label of pods that get the container of the mesh. */
export const meshLabel = { mesh: 'in' };

/** Returns the patch of a service mesh: it adds a container `mesh` if there is none. */
export function meshPatch({ spec }: Pod): readonly object[] {
  if (spec?.containers?.some(({ name }) => name === 'mesh')) return [];
  return [{ op: 'add', path: '/spec/containers/-', value: { name: 'mesh', image: 'mesh:1' } }];
}

/** Returns the patch of a webhook with outdated types: it drops the restartPolicy of init containers. */
export function oldTypesPatch({ spec }: Pod): readonly object[] {
  return (spec?.initContainers ?? []).flatMap(({ restartPolicy }, index) =>
    restartPolicy ? [{ op: 'remove', path: `/spec/initContainers/${index}/restartPolicy` }] : [],
  );
}

/** Starts another mutating webhook on the loopback address. */
export async function startOtherWebhook(
  { folder }: CertificateFolder,
  patchOf: (pod: Pod) => readonly object[],
): Promise<{ port: number; stop: () => Promise<void> }> {
  const pem = (name: string) => readFile(join(folder, name), 'utf8');
  const server = createServer({ cert: await pem('tls.crt'), key: await pem('tls.key') }, async (request, response) => {
    const {
      apiVersion,
      kind,
      request: review,
    } = (await json(request)) as { apiVersion: string; kind: string; request: { uid: string; object: Pod } };
    const patch = patchOf(review.object);
    const change =
      patch.length === 0
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
