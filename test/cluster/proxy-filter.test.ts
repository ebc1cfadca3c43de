import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { AccessPreset } from '../../src/injection/ambassador/ambassador-options.ts';
import { proxyArgs } from '../../src/injection/ambassador/kubectl-proxy.ts';
import { accessClaims, elsewhere, type ProxiedRequest } from '../injection/access-claims.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeApiServer, startApiServer } from '../support/fake-api-server.ts';
import { findBinaries } from './binaries.ts';
import { type Background, freePorts, removeAtExit, startProcess } from './processes.ts';

// Tests what docs/ambassador.md says about the presets with the filter of kubectl, in front of a server that answers everything.
const { kubectl } = await findBinaries();
assert.ok(kubectl !== undefined, 'no kubectl in KUBEBUILDER_ASSETS and none on PATH');
const folder = await mkdtemp(join(tmpdir(), 'downlink-proxy-'));
removeAtExit(folder);

const byAccess = Map.groupBy(
  accessClaims.flatMap((claim) => claim.access.map((access) => ({ ...claim, access }))),
  ({ access }) => access.join(),
);

describe('kubectl proxy', () => {
  let apiServer: FakeApiServer;
  before(async () => {
    apiServer = await startApiServer((path) => ({ code: 200, body: { path } }));
  });
  after(() => apiServer.close());

  for (const [name, claims] of byAccess) {
    describe(`with the arguments of ${name}`, () => {
      const access = claims[0]?.access ?? [];
      let proxy: Background;
      let port = 0;
      before(async () => {
        ({ proxy, port } = await startProxy(access, apiServer.url));
      });
      after(() => proxy.stop());

      for (const { refuses, refused, passed } of claims) {
        test(`rejects ${refuses}`, async () => {
          await check(port, refused, { code: 403, answer: 'Forbidden\n' });
          await check(port, passed, { code: 200 });
        });
      }

      test('ignores the names of pods, resources and namespaces', { skip: skipElsewhere(access) }, () =>
        check(port, elsewhere, { code: 200 }),
      );
    });
  }
});

function skipElsewhere(access: readonly AccessPreset[]): string | false {
  return access.includes('own-namespace') && 'these are outside of the namespace of the pod';
}

async function startProxy(access: readonly AccessPreset[], server: string) {
  const [port = 0] = await freePorts(1);
  const args = [`--server=${server}`, '--kubeconfig=/dev/null', ...proxyArgs(port, access, 'shop')];
  const proxy = startProcess(kubectl ?? '', args, join(folder, `${access.join()}.log`));
  await eventually(async () => {
    const end = proxy.ended();
    if (end !== undefined) throw new Error(end);
    const answer = await send(port, ['GET', '/version']).catch(() => undefined);
    assert.equal(answer?.code, 200, 'the proxy does not answer');
  });
  return { proxy, port };
}

async function check(
  port: number,
  requests: readonly ProxiedRequest[],
  expected: { readonly code: number; readonly answer?: string },
): Promise<void> {
  for (const one of requests) {
    const { code, answer } = await send(port, one);
    assert.equal(code, expected.code, one.join(' '));
    if (expected.answer !== undefined) assert.equal(answer, expected.answer, one.join(' '));
  }
}

async function send(port: number, [method, path]: ProxiedRequest) {
  return new Promise<{ code: number; answer: string }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path }, (response) => {
      text(response).then((answer) => resolve({ code: response.statusCode ?? 0, answer }), reject);
    });
    sent.on('error', reject).end();
  });
}
