import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import jsonpatch from 'fast-json-patch';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/config.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const maxLines = 200;

test(`the README has fewer than ${maxLines} lines`, () => {
  const { length } = readme.trimEnd().split('\n');
  assert.ok(length < maxLines, `${length} lines: move something to docs/`);
});

test('the pod of the README is patched as the README shows', () => {
  const [, before = '', after = ''] =
    /```yaml\n(apiVersion[^`]*)```\n\nbecomes\n\n```yaml\n([^`]*)```/.exec(readme) ?? [];
  const parsed = parseConfig({ flags: {}, environment: {}, file: undefined });
  assert.equal(parsed.kind, 'valid');
  const pod = parse(before);
  const outcome = injectPod(pod, { namespace: 'default' }, parsed.config);
  assert.equal(outcome.kind, 'injected');
  assert.deepEqual(jsonpatch.applyPatch(pod, [...outcome.operations], true).newDocument, parse(after));
});

test('the mistake in the README is denied with the message that it shows', () => {
  const [, field = '', value = '', message = ''] = /^\* (\S+): Invalid value: "([^"]+)": (.*)$/m.exec(readme) ?? [];
  const parsed = parseConfig({ flags: {}, environment: {}, file: undefined });
  assert.equal(parsed.kind, 'valid');
  const [, key = ''] = /\[(.+)\]/.exec(field) ?? [];
  const pod = { metadata: { annotations: { [key]: value } }, spec: { containers: [{ name: 'main' }] } };
  const outcome = injectPod(pod, { namespace: 'default' }, parsed.config);
  assert.equal(outcome.kind, 'denied');
  assert.deepEqual(
    outcome.errors.first.map(({ field: where, value: what, detail }) => [where, what, detail]),
    [[field, value, message]],
  );
});
