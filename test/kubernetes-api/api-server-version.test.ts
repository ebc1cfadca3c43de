import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { ApiError } from '../../src/kubernetes-api/api-client.ts';
import { followKubernetesVersion } from '../../src/kubernetes-api/api-server-version.ts';
import { createInMemoryApi } from '../server/in-memory-api.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const hour = 60 * 60 * 1000; // milliseconds

/** Follows the version of an API server that responds with `respond`. */
function follow(respond: (request: number) => { major: string; minor: string }) {
  const clock = createFakeClock();
  const lines: { readonly level: number; readonly msg: string; readonly version?: string; readonly error?: string }[] =
    [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  let requests = 0;
  const api = createInMemoryApi();
  const client = api.client(async (call) => {
    assert.equal(call, 'GET /version');
    api.put('/version', { metadata: { name: '' }, ...respond(++requests) });
  });
  const source = followKubernetesVersion({ api: client, clock, log });
  return { clock, lines, source, requests: () => requests };
}

describe('the version of the API server', () => {
  test('is unknown until the API server reports it, and is requested until it does', async () => {
    const { clock, lines, source } = follow((request) => {
      if (request < 4) throw new ApiError(503, 'not yet');
      return { major: '1', minor: '33' };
    });
    assert.equal(source.version(), undefined);
    await clock.until('it is not reported', () => source.version() !== undefined);
    assert.deepEqual(source.version(), { major: 1, minor: 33 });
    assert.deepEqual(
      lines.map(({ level, msg, error, version }) => [level, msg, error ?? version]),
      [
        ...Array(3).fill([50, 'cannot get the version of the API server; retrying', 'not yet']),
        [30, 'the API server reported its version', '1.33'],
      ],
    );
  });

  test('is checked every hour: an upgrade is followed, and the same version is not logged again', async () => {
    const { clock, lines, source, requests } = follow((request) => ({ major: '1', minor: request < 3 ? '33' : '34+' }));
    await clock.advance(1.5 * hour);
    assert.equal(requests(), 2);
    assert.deepEqual(source.version(), { major: 1, minor: 33 });
    await clock.advance(hour);
    assert.deepEqual(source.version(), { major: 1, minor: 34 });
    assert.deepEqual(
      lines.map(({ version }) => version),
      ['1.33', '1.34'],
    );
  });

  test('stays as it was while the API server is away, or reports what is no version', async () => {
    const { clock, lines, source } = follow((request) => {
      if (request === 2) throw new ApiError(503, 'away');
      return request === 3 ? { major: 'one', minor: '' } : { major: '1', minor: '33' };
    });
    await clock.advance(hour + 60_000);
    assert.deepEqual(source.version(), { major: 1, minor: 33 });
    const errors = lines.filter(({ level }) => level === 50).map(({ error }) => error);
    assert.deepEqual(errors, ['away', 'the API server reported an unknown version: {"major":"one","minor":""}']);
  });

  test('is not requested any more after stop', async () => {
    const { clock, source, requests } = follow(() => ({ major: '1', minor: '33' }));
    await clock.advance(0);
    source.stop();
    assert.equal(clock.pending(), 0);
    await clock.advance(2 * hour);
    assert.equal(requests(), 1);
  });
});
