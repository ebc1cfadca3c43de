import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerOf } from '../support/admission-review.ts';
import { refusals } from './api-server.ts';
import { checkResponse } from './check-review.ts';
import { parseAnswers } from './http-answers.ts';

const answer = (response: object, envelope: object = {}) =>
  JSON.stringify({ ...answerOf({ uid: 'a', allowed: true, ...response }), ...envelope });
const cause = { reason: 'FieldValueInvalid', field: 'spec', message: 'wrong' };
const details = { kind: 'Pod', name: 'a', causes: [cause] };
const status = { status: 'Failure', code: 422, reason: 'Invalid', message: 'spec: wrong', details };

test('a right answer passes the check', () => {
  checkResponse(answer({ warnings: ['downlink: a'], auditAnnotations: { skipped: 'opted-out' } }), 'a');
  checkResponse(answer({ allowed: false, status }), 'a');
});

describe('the check refuses an answer', () => {
  for (const [name, wrong] of [
    ['of another version', answer({}, { apiVersion: 'admission.k8s.io/v1beta1' })],
    ['of another kind', answer({}, { kind: 'Status' })],
    ['to another review', answer({ uid: 'b' })],
    ['that does not say whether', answer({ allowed: undefined })],
    ['with a patch of no type', answer({ patch: 'W10=' })],
    ['with a warning that is too long', answer({ warnings: [`downlink: ${'a'.repeat(250)}`] })],
    ['with a control character in a warning', answer({ warnings: ['downlink: a\nb'] })],
    ['with half a surrogate pair in a warning', answer({ warnings: ['downlink: \ud800'] })],
    ['with a warning that is nobody’s', answer({ warnings: ['and 3 more'] })],
    ['with a slash in an audit annotation’s key', answer({ auditAnnotations: { 'a/b': 'c' } })],
    ['that denies without a status', answer({ allowed: false })],
    ['that denies with another code', answer({ allowed: false, status: { ...status, code: 400 } })],
    [
      'that denies without causes',
      answer({ allowed: false, status: { ...status, details: { ...details, causes: [] } } }),
    ],
    ['that denies and patches', answer({ allowed: false, status, patchType: 'JSONPatch', patch: 'W10=' })],
    ['with a member that nobody knows', answer({ result: {} })],
  ] as const) {
    test(name, () => assert.throws(() => checkResponse(wrong, 'a')));
  }
});

describe('what an API server would refuse', () => {
  const container = { name: 'a' };
  for (const [name, spec, refusal] of [
    ['two containers of one name', { containers: [container], initContainers: [container] }, 'container a twice'],
    ['two volumes of one name', { volumes: [{ name: 'v' }, { name: 'v' }] }, 'volume v twice'],
    [
      'two variables of one name',
      { containers: [{ ...container, env: [{ name: 'A' }, { name: 'A' }] }] },
      'variable A twice in container a',
    ],
    [
      'a mount of no volume',
      { containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      'mount of volume v, which is not there in container a',
    ],
    [
      'a file of no container',
      {
        volumes: [
          {
            name: 'v',
            downwardAPI: { items: [{ path: 'p', resourceFieldRef: { containerName: 'b', resource: 'limits.cpu' } }] },
          },
        ],
      },
      'container b of file p in volume v',
    ],
    [
      'a file that is a directory',
      {
        volumes: [
          {
            name: 'v',
            downwardAPI: {
              items: ['p', 'p/q'].map((path) => ({ path, fieldRef: { fieldPath: 'metadata.name' } })),
            },
          },
        ],
      },
      'file p is a directory, too in volume v',
    ],
    [
      'a quantity that is none',
      { containers: [{ ...container, resources: { limits: { cpu: 'x' } } }] },
      'quantity x of cpu in container a',
    ],
  ] as const) {
    test(`${name} is known`, () => assert.deepEqual(refusals({ spec }), [refusal]));
  }
});

test('answers are told apart, with a body and without', () => {
  const text = [
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
    'HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 9\r\n\r\n', // to a HEAD
    'HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{', // not all of it is there yet
  ];
  assert.deepEqual(
    parseAnswers(Buffer.from(text.join(''))).map(({ status: code, body }) => `${code} ${body}`),
    ['200 {}', '400 ', '405 ', '404 x'],
  );
  assert.throws(() => parseAnswers(Buffer.from('garbage\r\n\r\n')));
});
