import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerOf } from '../support/admission-review.ts';
import { checkResponse } from './check-review.ts';
import { parseAnswers } from './http-answers.ts';
import { validationErrors } from './pod-validation.ts';

const answer = (response: object, envelope: object = {}) =>
  JSON.stringify({ ...answerOf({ uid: 'a', allowed: true, ...response }), ...envelope });
const cause = { reason: 'FieldValueInvalid', field: 'spec', message: 'wrong' };
const details = { kind: 'Pod', name: 'a', causes: [cause] };
const status = { status: 'Failure', code: 422, reason: 'Invalid', message: 'spec: wrong', details };

test('checkResponse accepts a valid answer', () => {
  checkResponse(answer({ warnings: ['downlink: a'], auditAnnotations: { skipped: 'opted-out' } }), 'a');
  checkResponse(answer({ allowed: false, status }), 'a');
});

describe('checkResponse rejects an answer', () => {
  for (const [name, wrong] of [
    ['of another version', answer({}, { apiVersion: 'admission.k8s.io/v1beta1' })],
    ['of another kind', answer({}, { kind: 'Status' })],
    ['to another review', answer({ uid: 'b' })],
    ['without a decision', answer({ allowed: undefined })],
    ['with a patch without a type', answer({ patch: 'W10=' })],
    ['with a warning that is too long', answer({ warnings: [`downlink: ${'a'.repeat(250)}`] })],
    ['with a control character in a warning', answer({ warnings: ['downlink: a\nb'] })],
    ['with half a surrogate pair in a warning', answer({ warnings: ['downlink: \ud800'] })],
    ['with a warning without the prefix', answer({ warnings: ['and 3 more'] })],
    ['with a slash in the key of an audit annotation', answer({ auditAnnotations: { 'a/b': 'c' } })],
    ['that denies without a status', answer({ allowed: false })],
    ['that denies with another code', answer({ allowed: false, status: { ...status, code: 400 } })],
    [
      'that denies without causes',
      answer({ allowed: false, status: { ...status, details: { ...details, causes: [] } } }),
    ],
    ['that denies and patches', answer({ allowed: false, status, patchType: 'JSONPatch', patch: 'W10=' })],
    ['with an unknown field', answer({ result: {} })],
  ] as const) {
    test(name, () => assert.throws(() => checkResponse(wrong, 'a')));
  }
});

describe('validationErrors', () => {
  const container = { name: 'a' };
  for (const [name, spec, error] of [
    ['two containers with one name', { containers: [container], initContainers: [container] }, 'container a twice'],
    ['two volumes with one name', { volumes: [{ name: 'v' }, { name: 'v' }] }, 'volume v twice'],
    [
      'two variables with one name',
      { containers: [{ ...container, env: [{ name: 'A' }, { name: 'A' }] }] },
      'variable A twice in container a',
    ],
    [
      'a mount of a missing volume',
      { containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      'mount of volume v, which does not exist in container a',
    ],
    [
      'a file of a missing container',
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
      'a file that is also a directory',
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
      'file p is also a directory in volume v',
    ],
    [
      'an invalid quantity',
      { containers: [{ ...container, resources: { limits: { cpu: 'x' } } }] },
      'quantity x of cpu in container a',
    ],
  ] as const) {
    test(`reports ${name}`, () => assert.deepEqual(validationErrors({ spec }), [error]));
  }
});

test('parseAnswers separates answers with and without a body', () => {
  const text = [
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
    'HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 9\r\n\r\n', // to a HEAD
    'HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{', // incomplete
  ];
  assert.deepEqual(
    parseAnswers(Buffer.from(text.join(''))).map(({ status: code, body }) => `${code} ${body}`),
    ['200 {}', '400 ', '405 ', '404 x'],
  );
  assert.throws(() => parseAnswers(Buffer.from('garbage\r\n\r\n')));
});
