import assert from 'node:assert/strict';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { type AdmissionResponse, formatReview } from '../../src/admission/admission-response.ts';
import { type Mutation, mutate } from '../../src/admission/mutate-pod.ts';
import type { InjectionConfig } from '../../src/config/config.ts';
import { foundAll } from '../../src/diagnostics/findings.ts';
import { decideInjection } from '../../src/injection/inject-pod.ts';
import { refusals } from './api-server.ts';
import { mutateOptions, type ReviewCase } from './review-cases.ts';

/** What became of a case, in a few words that can be counted: `injected`, `skipped: opted-out`, `400: no JSON`. */
export interface Verdict {
  readonly outcome: string;
  /** Codes of warnings and reasons of denials that stood in the answer. */
  readonly findings: readonly string[];
  /** What the server must answer: the status, and for a 200 the body. */
  readonly status: 200 | 400;
  readonly answer: string | undefined;
}

const mostKept = 100; // findings of a kind
const mostShown = 20;
const largest = 4 * 1024 * 1024; // characters of an answer: 1.5 MiB of additions and 256 KiB of status, in base64
const longest = 64 * 1024; // characters of a denial's message: what a reader, and a log, can take
const statusPath = '/metadata/annotations/downlink.dev~1status';

/** Sends a case through parser and pure function and checks every claim about its answer. Throws where one is broken. */
export function checkReview({ body, options }: ReviewCase): Verdict {
  const text = body.toString();
  let review: unknown;
  try {
    review = JSON.parse(text);
  } catch {
    return { outcome: '400: no JSON', findings: [], status: 400, answer: undefined };
  }
  const before = JSON.stringify(review);
  const mutation = mutate(review, mutateOptions(options));
  assert.equal(JSON.stringify(review), before, 'the review must stay as it is');
  assert.equal(Object.keys(Object.prototype).length, 0, 'the prototype of all objects must stay as it is');
  if (mutation.kind === 'invalid') {
    assert.ok(mutation.problem.length > 0 && mutation.problem.length < 400, mutation.problem);
    return { outcome: '400: no review', findings: [], status: 400, answer: undefined };
  }
  const answer = formatReview(mutation.response);
  const request = (review as { request: { uid: string; object?: unknown } }).request;
  assert.ok(answer.length - request.uid.length < largest, `an answer of ${answer.length} characters`);
  checkKept(mutation, mutateOptions(options));
  const response = checkResponse(answer, request.uid);
  assert.equal(response.allowed, mutation.outcome !== 'denied');
  assert.equal(response.patch !== undefined, mutation.outcome === 'injected');
  if (response.patch !== undefined) {
    const patched = checkPatch(request.object, response.patch);
    checkSecondPass({ ...(review as object), request: { ...request, object: patched } }, options);
  }
  return { ...describe(mutation, response), status: 200, answer };
}

/** However many findings there are, few are kept and fewer are shown, and none of them is lost from the count. */
function checkKept({ outcome, request, warnings, response }: Mutation, options: InjectionConfig): void {
  const decision = outcome === 'denied' && decideInjection(request.object, request.namespace || undefined, options);
  const errors = decision && decision.kind === 'denied' ? decision.errors : foundAll([]);
  for (const { first, total } of [errors, warnings]) {
    assert.ok(first.length <= 2 * mostKept, `${first.length} findings are kept`); // errors as warnings, and warnings
    assert.ok(first.length === total || first.length >= mostKept, `${first.length} of ${total} are kept`);
  }
  const { status, warnings: shown = [] } = response.response;
  for (const [texts, { total }] of [
    [shown, warnings],
    [(status?.details.causes ?? []).map(({ message }) => message), errors],
  ] as const) {
    assert.equal(texts.length, Math.min(total, mostShown + 1));
    if (total > mostShown) assert.ok(texts.at(-1)?.endsWith(`and ${total - mostShown} more`), texts.at(-1));
  }
}

/** The response of an answer to the review of that uid, which must be a well-formed one. */
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
  assert.equal(response.uid, uid, 'the uid is the request’s');
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
  assert.ok(status.message.length > 0 && status.message.length < longest, 'a message that one can read');
  checkText(status.message);
  assert.equal(status.details.kind, 'Pod');
  assert.ok(status.details.causes.length > 0, 'a denial has causes');
  for (const { field, reason, message } of status.details.causes) {
    assert.match(reason, /^FieldValue[A-Z]/);
    assert.ok(field !== '' && message !== '');
    checkText(`${field}${message}`);
  }
}

/** No control character, and nothing that is no UTF-8 on the wire. */
function checkText(text: string): void {
  assert.doesNotMatch(text, /\p{Cc}/u);
  assert.ok(text.isWellFormed(), JSON.stringify(text));
}

/** The pod with the patch applied as strictly as the library can; it must add, and nothing that would be refused. */
function checkPatch(pod: unknown, patch: string): unknown {
  const operations: Operation[] = JSON.parse(Buffer.from(patch, 'base64').toString());
  assert.ok(operations.length > 0);
  for (const { op } of operations) assert.equal(op, 'add');
  const { newDocument } = jsonpatch.applyPatch(structuredClone(pod), operations, true, true, false);
  const [patched, given] = [newDocument, pod].map((value): unknown => JSON.parse(JSON.stringify(value))); // no 1e999 any more
  assert.ok(operations.some(({ path }) => path === statusPath));
  assert.ok(contains(patched, given), 'what the user wrote is not there any more');
  const known = new Set(refusals(pod));
  assert.deepEqual(
    refusals(patched).filter((refusal) => !known.has(refusal)),
    [],
    'the API server would refuse the patched pod',
  );
  return patched;
}

function checkSecondPass(review: object, options: ReviewCase['options']): void {
  const again = mutate(review, mutateOptions(options));
  assert.ok(again.kind === 'reviewed');
  assert.equal(again.reason, 'nothing-to-add', 'a second pass changes nothing');
  assert.equal(again.response.response.patch, undefined);
  assert.equal(again.response.response.auditAnnotations, undefined);
}

/** Whether the one has everything of the other, in order; only our status may be another. */
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
    return Object.is(whole, part) || (part === null && typeof whole === 'object'); // null may have become a list
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
    outcome: 'reinjected' in auditAnnotations ? 'injected again' : `${outcome}: ${detail}`,
    findings: [...new Set(findings)],
  };
}
