import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Mutation, mutate } from '../../src/admission/mutate-pod.ts';
import { parseInjectionConfig } from '../../src/config/config.ts';
import { formatFieldError } from '../../src/diagnostics/field-error.ts';
import type { InjectionOptions } from '../../src/injection/injection-options.ts';
import { reviewOf } from '../support/admission-review.ts';

function optionsWith(profiles: object, settings: object = {}): InjectionOptions {
  const file = { name: 'a.yaml', content: { ...settings, profiles } };
  const parsed = parseInjectionConfig({ flags: {}, environment: {}, file });
  if (parsed.kind === 'invalid') return assert.fail(parsed.errors.map(formatFieldError).join('\n'));
  return parsed.config;
}

function answerTo(annotations: object, options: InjectionOptions, namespaceProfile?: string): Mutation {
  const own = Object.entries(annotations).map(([name, value]) => [`downlink.dev/${name}`, value]);
  const pod = { metadata: { annotations: Object.fromEntries(own) }, spec: { containers: [{ name: 'main' }] } };
  const mutation = mutate(reviewOf(pod), options, namespaceProfile);
  return mutation.kind === 'invalid' ? assert.fail(mutation.problem) : mutation;
}

const messagesOf = ({ response }: Mutation) =>
  (response.response.status?.details.causes ?? []).map(({ message }) => message);
const warningsOf = ({ response }: Mutation) => response.response.warnings ?? [];
const names = Array.from({ length: 1000 }, (_, index) => `p${index}`);
const thousand = (profile: object) => optionsWith(Object.fromEntries(names.map((name) => [name, profile])));
const web = { env: 'pod', ambassador: 'true', 'ambassador-access': 'own-namespace', locked: 'ambassador-access' };

describe('a pod', () => {
  test('that names a thousand unknown profiles gets a short answer', () => {
    const answer = answerTo({ profile: names.map((name) => `x${name}`).join() }, thousand({ env: 'pod' }));
    assert.equal(answer.errors.total, 1000);
    for (const message of messagesOf(answer)) assert.ok(message.length < 400, message);
  });

  test('that names a thousand profiles with the same mistake gets a message that names ten of them', () => {
    const answer = answerTo({ profile: names.join() }, thousand({ volume: 'x=gone:limits.cpu' }));
    const [message = ''] = messagesOf(answer);
    assert.match(message, /^Not found: "gone": volume of profile "p0", .*"p9" and 990 more: the pod has no container/);
    assert.ok(message.length < 400, message);
  });

  test('that names a thousand and one is rejected for that', () => {
    const [message] = messagesOf(answerTo({ profile: [...names, 'x'].join() }, thousand({ env: 'pod' })));
    assert.equal(message, 'Too long: must have at most 1000 items, but has 1001');
  });

  test('that names the same profile twice gets one error for its locked annotation', () => {
    const answer = answerTo({ profile: 'web, web', 'ambassador-access': 'full' }, optionsWith({ web }));
    assert.deepEqual(messagesOf(answer), ['Forbidden: profile "web" locks it; remove the annotation']);
  });

  test('whose names contain control characters gets them escaped', () => {
    const [message = ''] = messagesOf(answerTo({ profile: 'we\u0000b' }, optionsWith({ web })));
    assert.equal(message, 'Not found: "we\\u0000b": this cluster has the profiles "web"; did you mean "web"?');
  });

  test('whose list of profiles has only commas is warned, unless it declines the profile of its namespace', () => {
    const options = optionsWith({ web });
    assert.deepEqual(warningsOf(answerTo({ profile: ' ,\n,' }, options)), [
      'downlink: metadata.annotations[downlink.dev/profile]: it is empty and has no effect',
    ]);
    for (const namespaceProfile of [undefined, 'web']) {
      const answer = answerTo({ profile: '' }, options, namespaceProfile);
      assert.deepEqual([answer.reason, warningsOf(answer)], ['nothing-to-add', []]);
    }
  });

  test('in a namespace with a profile can decline its ambassador', () => {
    const { profiles, injected } = answerTo({ ambassador: 'false' }, optionsWith({ web }), 'web');
    assert.deepEqual([profiles, injected], [['web'], ['env']]);
  });

  test('in such a namespace cannot have a locked annotation', () => {
    const answer = answerTo({ 'ambassador-access': 'full' }, optionsWith({ web }), 'web');
    assert.deepEqual(messagesOf(answer), ['Forbidden: profile "web" locks it; remove the annotation']);
    const warned = answerTo({ 'ambassador-access': 'full' }, { ...optionsWith({ web }), onInvalid: 'warn' }, 'web');
    assert.deepEqual([warned.outcome, warned.reason], ['skipped', 'invalid-let-through']);
  });

  for (const [name, profiles] of [
    ['20,000 names', Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`p${index}`, '']))],
    ['__proto__', JSON.parse('{"__proto__":"x"}')],
  ] as const) {
    test(`with a forged status of ${name} gets only what it requests, and its status names no profile`, () => {
      const status = JSON.stringify({ profiles });
      const { outcome, response } = answerTo({ status, env: 'POD=metadata.name' }, optionsWith({ web }));
      assert.equal(outcome, 'injected');
      const patch = Buffer.from(response.response.patch ?? '', 'base64').toString();
      assert.doesNotMatch(patch, /profiles/);
    });
  }
});
