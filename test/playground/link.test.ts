import assert from 'node:assert/strict';
import test from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { decodeLink, encodeLink } from '../../playground/src/link.ts';

const input = { manifest: 'kind: Pod # ü, 名前', settings: 'clusterName: prod', kubernetesVersion: '1.33' };

function fragmentOf(text: string | Buffer): string {
  return `#1.${deflateRawSync(text).toString('base64url')}`;
}

test('a link returns what it was made from', async () => {
  const link = await encodeLink(input);
  assert(link.kind === 'fragment');
  assert.match(link.fragment, /^#1\.[\w-]+$/);
  assert.deepEqual(await decodeLink(link.fragment), { kind: 'input', input });
});

test('a manifest that is too long for a link gets a sentence', async () => {
  const manifest = Array.from({ length: 40_000 }, (_, index) => `a${(index * 7919) % 104_729}: ${index}\n`).join('');
  for (const long of [manifest, 'x'.repeat(5 * 1024 * 1024)]) {
    assert.equal((await encodeLink({ ...input, manifest: long })).kind, 'failed');
  }
});

const hostile: Readonly<Record<string, string>> = {
  'something else': '#settings',
  'no payload': '#1.',
  'characters outside base64url': '#1.<img src=x onerror=alert(1)>',
  'a later format': `#2.${deflateRawSync(JSON.stringify(input)).toString('base64url')}`,
  'no compressed data': '#1.AAAA',
  'a truncated payload': fragmentOf(JSON.stringify(input)).slice(0, -6),
  'base64 of an impossible length': '#1.AAAAA',
  'no JSON': fragmentOf('kind: Pod'),
  'no UTF-8': fragmentOf(Buffer.from([0xff, 0xfe])),
  null: fragmentOf('null'),
  'a list': fragmentOf('[]'),
  'a member that is missing': fragmentOf('{"manifest":"a","settings":""}'),
  'a member of another type': fragmentOf('{"manifest":{},"settings":"","kubernetesVersion":"1.33"}'),
  'a version that is none': fragmentOf('{"manifest":"","settings":"","kubernetesVersion":"<b>"}'),
  'more text than its length suggests': fragmentOf(
    JSON.stringify({ ...input, manifest: 'x'.repeat(20 * 1024 * 1024) }),
  ),
  'a long fragment': `#1.${'A'.repeat(100_000)}`,
};

for (const [title, fragment] of Object.entries(hostile)) {
  test(`a link with ${title} gets a sentence`, async () => {
    const linked = await decodeLink(fragment);
    assert(linked.kind === 'failed');
    assert.match(linked.problem, /^The link .*\.$/);
  });
}
