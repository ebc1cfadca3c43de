import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { everyAddress, type Listener, listen } from '../../src/server/listen.ts';

/** A server that cannot listen at some addresses. */
function createListener(failures: Readonly<Record<string, string>>) {
  const hosts: string[] = [];
  const listener: Listener = {
    listen: async ({ host }) => {
      hosts.push(host);
      const code = failures[host];
      if (code !== undefined) throw Object.assign(new Error(`listen ${code}`), { code });
    },
    server: { address: (): AddressInfo => ({ address: '', family: '', port: 8443 }) },
  };
  return { listener, hosts };
}

describe('a server', () => {
  test('listens at the addresses of both families', async () => {
    const { listener, hosts } = createListener({});
    assert.equal(await listen(listener, 0, everyAddress), 8443);
    assert.deepEqual(hosts, ['::']);
  });

  for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL'])
    test(`listens at the addresses of IPv4 if the kernel has no IPv6: ${code}`, async () => {
      const { listener, hosts } = createListener({ '::': code });
      assert.equal(await listen(listener, 0, everyAddress), 8443);
      assert.deepEqual(hosts, ['::', '0.0.0.0']);
    });

  test('fails if the port is in use, without another attempt', async () => {
    const { listener, hosts } = createListener({ '::': 'EADDRINUSE' });
    await assert.rejects(listen(listener, 8443, everyAddress), { code: 'EADDRINUSE' });
    assert.deepEqual(hosts, ['::']);
  });

  test('fails at an address that somebody chose, without another attempt', async () => {
    const { listener, hosts } = createListener({ '2001:db8::1': 'EADDRNOTAVAIL' });
    await assert.rejects(listen(listener, 0, '2001:db8::1'), { code: 'EADDRNOTAVAIL' });
    assert.deepEqual(hosts, ['2001:db8::1']);
  });

  test('fails if there is no IPv4 either', async () => {
    const { listener } = createListener({ '::': 'EAFNOSUPPORT', '0.0.0.0': 'EADDRINUSE' });
    await assert.rejects(listen(listener, 0, everyAddress), { code: 'EADDRINUSE' });
  });

  test('listens once for localhost, which has addresses of both families', async () => {
    const { listener, hosts } = createListener({});
    await listen(listener, 0, 'localhost');
    assert.deepEqual(hosts, ['127.0.0.1']);
  });
});
