import assert from 'node:assert/strict';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { type AdmissionResponse, formatReview } from '../../src/admission/admission-response.ts';
import { type Mutation, mutate } from '../../src/admission/mutate-pod.ts';
import { foundAll } from '../../src/diagnostics/findings.ts';
import { decideInjection } from '../../src/injection/inject-pod.ts';
import { valueAt } from '../../src/json/json-value.ts';
import { validationErrors } from './pod-validation.ts';
import { mutateOptions, type ReviewCase } from './review-cases.ts';

/** The result of a case. `outcome` is a short text to count by: `injected`, `skipped: opted-out`, `400: no JSON`. */
export interface Verdict {
  readonly outcome: string;
  /** Codes of the warnings and reasons of the denials in the answer. */
  readonly findings: readonly string[];
  /** The expected status of the server's answer, and its body if the status is 200. */
  readonly status: 200 | 400;
  readonly answer: string | undefined;
}

const maxKept = 100; // findings of a kind
const maxShown = 20;
const maxAnswer = 4 * 1024 * 1024; // characters of an answer: 1.5 MiB of additions and 256 KiB of status, in base64
const maxMessage = 64 * 1024; // characters of a denial's message, which people and logs have to handle
/** The status, or the whole map of annotations if the pod has none. */
const statusPaths = ['/metadata/annotations/downlink.dev~1status', '/metadata/annotations', '/metadata'];

/** Passes a case through the parser and the pure function, and checks every property of the answer. Throws if one does not hold. */
export function checkReview({ body, options }: ReviewCase): Verdict {
  const text = body.toString();
  let review: unknown;
  try {
    review = JSON.parse(text);
  } catch {
    return { outcome: '400: no JSON', findings: [], status: 400, answer: undefined };
  }
  const before = JSON.stringify(review);
  const mutation = mutate(review, mutateOptions(options), options.namespaceProfile);
  assert.equal(JSON.stringify(review), before, 'the review is not modified');
  assert.equal(Object.keys(Object.prototype).length, 0, 'the prototype of all objects is not modified');
  if (mutation.kind === 'invalid') {
    assert.ok(mutation.problem.length > 0 && mutation.problem.length < 400, mutation.problem);
    return { outcome: '400: no review', findings: [], status: 400, answer: undefined };
  }
  const answer = formatReview(mutation.response);
  const request = (review as { request: { uid: string; object?: unknown } }).request;
  assert.ok(answer.length - request.uid.length < maxAnswer, `an answer of ${answer.length} characters`);
  checkKept(mutation, options);
  const response = checkResponse(answer, request.uid);
  assert.equal(response.allowed, mutation.outcome !== 'denied');
  assert.equal(response.patch !== undefined, mutation.outcome === 'injected');
  if (response.patch !== undefined) {
    const patched = checkPatch(request.object, response.patch);
    checkSecondPass({ ...(review as object), request: { ...request, object: patched } }, options);
  }
  return { ...describe(mutation, response), status: 200, answer };
}

/** Checks that few findings are kept and fewer are shown, however many there are, and that all of them are counted. */
function checkKept({ outcome, request, warnings, response }: Mutation, options: ReviewCase['options']): void {
  const { namespaceProfile } = options;
  const origin = {
    namespace: request.namespace || undefined,
    ...(namespaceProfile !== undefined && { namespaceProfile }),
  };
  const decision = outcome === 'denied' && decideInjection(request.object, origin, mutateOptions(options));
  const errors = decision && decision.kind === 'denied' ? decision.errors : foundAll([]);
  for (const { first, total } of [errors, warnings]) {
    assert.ok(first.length <= 2 * maxKept, `${first.length} findings are kept`); // errors as warnings, and warnings
    assert.ok(first.length === total || first.length >= maxKept, `${first.length} of ${total} are kept`);
  }
  const { status, warnings: shown = [] } = response.response;
  for (const [texts, { total }] of [
    [shown, warnings],
    [(status?.details.causes ?? []).map(({ message }) => message), errors],
  ] as const) {
    assert.equal(texts.length, Math.min(total, maxShown + 1));
    if (total > maxShown) assert.ok(texts.at(-1)?.endsWith(`and ${total - maxShown} more`), texts.at(-1));
  }
}

/** Checks that the answer is a well-formed AdmissionReview for the uid, and returns its response. */
export function checkResponse(answer: string, uid: string): AdmissionResponse {
  const { apiVersion, kind, response, ...rest } = JSON.parse(answer);
  assert.deepEqual(rest, {});
  assert.equal(apiVersion, 'admission.k8s.io/v1');
  assert.equal(kind, 'AdmissionReview');
  const known = ['uid', 'allowed', 'patchType', 'patch', 'warnings', 'auditAnnotations', 'status'];
  assert.deepEqual(
    Object.keys(response).filter((key) => !known.includes(key)),
    [],
  );
  assert.equal(response.uid, uid, 'the uid is that of the request');
  assert.equal(typeof response.allowed, 'boolean');
  assert.equal(response.patchType, response.patch === undefined ? undefined : 'JSONPatch');
  for (const warning of response.warnings ?? []) checkWarning(warning);
  checkAudit(response.auditAnnotations ?? {});
  if (response.allowed) assert.equal(response.status, undefined);
  else checkDenial(response);
  return response;
}

/** Source: kubernetes/kubernetes apimachinery/pkg/util/net/http.go, NewWarningHeader; apiserver/pkg/endpoints/filters/warning.go */
function checkWarning(warning: unknown): void {
  assert.ok(typeof warning === 'string' && warning.startsWith('downlink: '), `${warning}`);
  assert.ok(warning.length <= 256, warning);
  checkText(warning);
}

/** Source: kubernetes/kubernetes apiserver/pkg/admission/audit.go, checkQualifiedName */
function checkAudit(annotations: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(annotations)) {
    assert.match(key, /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/);
    assert.ok(typeof value === 'string');
    checkText(value);
  }
}

function checkDenial({ patch, status }: AdmissionResponse): void {
  assert.equal(patch, undefined);
  assert.equal(status?.code, 422);
  assert.equal(status.reason, 'Invalid');
  assert.equal(status.status, 'Failure');
  assert.ok(status.message.length > 0 && status.message.length < maxMessage, 'the message is readable');
  checkText(status.message);
  assert.equal(status.details.kind, 'Pod');
  assert.ok(status.details.causes.length > 0, 'a denial has causes');
  for (const { field, reason, message } of status.details.causes) {
    assert.match(reason, /^FieldValue[A-Z]/);
    assert.ok(field !== '' && message !== '');
    checkText(`${field}${message}`);
  }
}

/** Checks that the text has no control character and can be encoded as UTF-8. */
function checkText(text: string): void {
  assert.doesNotMatch(text, /\p{Cc}/u);
  assert.ok(text.isWellFormed(), JSON.stringify(text));
}

/** Applies the patch as strictly as the library can, and checks that it only adds, and nothing invalid. Returns the patched pod. */
function checkPatch(pod: unknown, patch: string): unknown {
  const operations: Operation[] = JSON.parse(Buffer.from(patch, 'base64').toString());
  assert.ok(operations.length > 0);
  for (const { op } of operations) assert.equal(op, 'add');
  const { newDocument } = jsonpatch.applyPatch(structuredClone(pod), operations, true, true, false);
  const [patched, given] = [newDocument, pod].map((value): unknown => JSON.parse(JSON.stringify(value))); // 1e999 becomes null
  assert.ok(operations.some(({ path }) => statusPaths.includes(path)));
  const status = valueAt(patched, ['metadata', 'annotations', 'downlink.dev/status']);
  assert.equal(typeof status, 'string');
  assert.ok(contains(patched, given), 'the patch keeps everything that the user wrote');
  const known = new Set(validationErrors(pod));
  assert.deepEqual(
    validationErrors(patched).filter((error) => !known.has(error)),
    [],
    'the patch adds no validation error',
  );
  return patched;
}

/** Reviews the patched pod again: by the same webhook, and by the one for all pods, which does not know the namespace. */
function checkSecondPass(review: object, options: ReviewCase['options']): void {
  for (const namespaceProfile of [options.namespaceProfile, undefined]) {
    const again = mutate(review, mutateOptions(options), namespaceProfile);
    assert.ok(again.kind === 'reviewed');
    const isSilent = namespaceProfile === undefined && again.reason === 'not-requested';
    if (!isSilent) assert.equal(again.reason, 'nothing-to-add', 'a second pass changes nothing');
    assert.equal(again.response.response.patch, undefined);
    if (!isSilent) assert.equal(again.response.response.auditAnnotations, undefined);
  }
}

/** Reports whether `whole` contains all of `part`, in order; only Downlink's status may differ. */
function contains(whole: unknown, part: unknown, key = ''): boolean {
  if (key === 'downlink.dev/status' && typeof part === 'string') return typeof whole === 'string';
  if (Array.isArray(part)) {
    if (!Array.isArray(whole)) return false;
    let index = 0;
    return part.every((element) => {
      while (index < whole.length && !contains(whole[index], element)) index++;
      return index++ < whole.length;
    });
  }
  if (typeof part !== 'object' || part === null) {
    return Object.is(whole, part) || (part === null && typeof whole === 'object'); // null can become a list
  }
  return (
    typeof whole === 'object' &&
    whole !== null &&
    Object.entries(part).every(
      ([name, member]) =>
        Object.hasOwn(whole, name) && contains((whole as Record<string, unknown>)[name], member, name),
    )
  );
}

function describe(mutation: Mutation, { status, auditAnnotations = {} }: AdmissionResponse) {
  const { outcome, reason, injected, warnings } = mutation;
  const findings = [
    ...warnings.first.map(({ code }) => code),
    ...(status?.details.causes ?? []).map((cause) => cause.reason),
  ];
  const detail = outcome === 'injected' ? injected.join(', ') : reason;
  return {
    outcome: 'reinjected' in auditAnnotations ? 'reinjected' : `${outcome}: ${detail}`,
    findings: [...new Set(findings)],
  };
}
