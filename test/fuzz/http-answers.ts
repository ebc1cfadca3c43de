import assert from 'node:assert/strict';

/** One answer of a server. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const separator = Buffer.from('\r\n\r\n');
const lastChunk = '0\r\n\r\n';

/**
 * Returns the complete answers at the beginning of the bytes, without `100 Continue`. Throws if they are not HTTP. The
 * answer to a HEAD has no body, whatever its Content-Length.
 */
export function parseAnswers(bytes: Buffer): readonly HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(separator, at);
    if (end < 0) break;
    const head = bytes.toString('latin1', at, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    assert.ok(status >= 100, `not HTTP: ${head.slice(0, 100)}`);
    at = end + separator.length;
    if (status === 100) continue;
    if (/^transfer-encoding: chunked$/im.test(head)) {
      assert.equal(
        bytes.toString('latin1', at, at + lastChunk.length),
        lastChunk,
        'answers from Node.js itself have no body',
      );
      answers.push({ status, body: '' });
      at += lastChunk.length;
      continue;
    }
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    const isHead = bytes.toString('latin1', at, at + 5) === 'HTTP/';
    if (!isHead && at + length > bytes.length) {
      if (at < bytes.length || status < 400) break;
    }
    const to = isHead ? at : Math.min(at + length, bytes.length);
    answers.push({ status, body: bytes.toString('utf8', at, to) });
    at = to;
  }
  return answers;
}
