import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { bodyLimit } from '../../src/server/memory-budget.ts';
import { createBodyReceiver } from '../../src/server/receive-body.ts';

const bounds = { small: 1000, allSmall: 40_000, allLarge: 2 * bodyLimit, pieces: 50, patience: 1000 };
const progress = 1024 * 1024; // bytes of a large body that must arrive in each period of patience

/** Creates a receiver with small bounds and a clock that the test sets. */
function startReceiver(changes: Partial<typeof bounds> = {}) {
  const clock = { now: 0 };
  const receiver = createBodyReceiver({ ...bounds, ...changes }, { monotonic: () => clock.now });
  /** Starts a request whose body is sent in pieces. `outcome` is undefined until it is received or refused. */
  const begin = (length: number | undefined) => {
    const request = new IncomingMessage(new Socket());
    if (length !== undefined) request.headers['content-length'] = String(length);
    const sent: { outcome: string | undefined; body: string; isLarge: boolean; bytes: Buffer } = {
      outcome: undefined,
      body: '',
      isLarge: false,
      bytes: Buffer.alloc(0),
    };
    receiver.receive(request, (received) => {
      assert.equal(sent.outcome, undefined, 'it is reported once');
      sent.outcome = received.kind;
      if (received.kind !== 'whole') return;
      sent.body = received.bytes.toString();
      sent.isLarge = received.isLarge;
      sent.bytes = received.bytes;
    });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    return {
      sent,
      send: async (text: string) => {
        request.push(Buffer.from(text));
        await turn();
      },
      end: async () => {
        request.complete = true;
        request.push(null);
        await turn();
      },
      leave: async () => {
        request.destroy();
        await turn();
      },
    };
  };
  return { clock, begin };
}

describe('a body', () => {
  for (const { name, length, pieces, isLarge } of [
    { name: 'in one piece', length: 3, pieces: ['abc'], isLarge: false },
    { name: 'in pieces', length: 6, pieces: ['ab', 'cd', 'ef'], isLarge: false },
    { name: 'in chunks', length: undefined, pieces: ['ab', 'cd', 'ef'], isLarge: false },
    { name: 'without content', length: 0, pieces: [], isLarge: false },
    { name: 'of the largest small length', length: 1000, pieces: ['a'.repeat(999), 'b'], isLarge: false },
    { name: 'of the smallest large length', length: 1001, pieces: ['a'.repeat(1000), 'b'], isLarge: true },
    {
      name: 'of chunks that becomes large',
      length: undefined,
      pieces: ['ab'.repeat(400), 'c'.repeat(900)],
      isLarge: true,
    },
    { name: 'of the maximum length', length: bodyLimit, pieces: ['a'.repeat(bodyLimit)], isLarge: true },
  ]) {
    test(`${name} is received`, async () => {
      const { begin } = startReceiver();
      const body = begin(length);
      for (const piece of pieces) await body.send(piece);
      await body.end();
      const { outcome, body: text, isLarge: wasLarge } = body.sent;
      assert.deepEqual({ outcome, text, wasLarge }, { outcome: 'whole', text: pieces.join(''), wasLarge: isLarge });
    });
  }

  test('with a Content-Length over the limit is refused before it is sent', () => {
    const { begin } = startReceiver();
    assert.equal(begin(bodyLimit + 1).sent.outcome, 'too-large');
  });

  test('of chunks over the limit is refused when it exceeds it', async () => {
    const { begin } = startReceiver();
    const body = begin(undefined);
    await body.send('a'.repeat(bodyLimit));
    assert.equal(body.sent.outcome, undefined);
    await body.send('b');
    assert.equal(body.sent.outcome, 'too-large');
  });

  test('of too many pieces is refused', async () => {
    const { begin } = startReceiver();
    const body = begin(undefined);
    for (let piece = 0; piece < bounds.pieces; piece++) await body.send('a');
    assert.equal(body.sent.outcome, undefined);
    await body.send('b');
    assert.equal(body.sent.outcome, 'too-costly');
  });
});

describe('a small body', () => {
  test('is received whatever others hold: the least recently active one is refused', async () => {
    const { begin } = startReceiver({ small: 20_000, allSmall: 40_000 });
    const stopped = begin(20_000);
    const moving = begin(20_000);
    await stopped.send('a'.repeat(15_000));
    await moving.send('b'.repeat(15_000));
    await moving.send('b'.repeat(1000));
    const late = begin(20_000);
    await late.send('c'.repeat(15_000));
    assert.equal(stopped.sent.outcome, 'no-room');
    for (const body of [moving, late]) {
      await body.send('d'.repeat(body === late ? 5000 : 4000));
      await body.end();
      assert.equal(body.sent.outcome, 'whole');
    }
  });

  test('counts with what has arrived, not with its Content-Length', async () => {
    const { begin } = startReceiver({ small: 20_000, allSmall: 40_000 });
    const waiting = Array.from({ length: 100 }, () => begin(20_000));
    const body = begin(20_000);
    await body.send('a'.repeat(10_000));
    await body.send('b'.repeat(10_000));
    await body.end();
    assert.equal(body.sent.outcome, 'whole');
    assert.deepEqual(new Set(waiting.map(({ sent }) => sent.outcome)), new Set([undefined]));
  });

  test('counts with the memory of its pieces, too', async () => {
    const { begin } = startReceiver({ allSmall: 5000 });
    const [stopped, pieces] = [begin(1000), begin(1000)];
    await stopped.send('a');
    for (let count = 0; count < 20; count++) await pieces.send('b');
    assert.equal(stopped.sent.outcome, 'no-room');
    assert.equal(pieces.sent.outcome, undefined);
  });

  test('in one piece needs no memory', async () => {
    const { begin } = startReceiver({ allSmall: 0 });
    const body = begin(3);
    await body.send('abc');
    await body.end();
    assert.equal(body.sent.outcome, 'whole');
  });
});

describe('a large body', () => {
  for (const { name, act } of [
    { name: 'has ended', act: (body: Begun) => body.end() },
    { name: 'lost its client', act: (body: Begun) => body.leave() },
    { name: 'was over the limit', act: (body: Begun) => body.send('a'.repeat(bodyLimit)) },
  ]) {
    test(`gets the memory of one that ${name}, and none before`, async () => {
      const { begin } = startReceiver();
      const [first, second] = [begin(undefined), begin(bodyLimit)];
      await first.send('a'.repeat(1500));
      assert.equal(begin(2000).sent.outcome, 'no-room');
      await act(first);
      const third = begin(bodyLimit);
      assert.equal(third.sent.outcome, undefined);
      assert.equal(second.sent.outcome, undefined);
      assert.equal(begin(2000).sent.outcome, 'no-room');
    });
  }

  test('takes the memory of its Content-Length', () => {
    const { begin } = startReceiver({ allLarge: 10_000 });
    const several = [2000, 3000, 5000].map((length) => begin(length));
    assert.deepEqual(
      several.map(({ sent }) => sent.outcome),
      [undefined, undefined, undefined],
    );
    assert.equal(begin(1001).sent.outcome, 'no-room');
  });

  test('without a Content-Length takes the memory of the longest one', async () => {
    const { begin } = startReceiver({ allLarge: bodyLimit + 1999 });
    const body = begin(undefined);
    await body.send('a'.repeat(1001));
    assert.equal(begin(2000).sent.outcome, 'no-room');
    assert.equal(begin(1999).sent.outcome, undefined);
    assert.equal(body.sent.outcome, undefined);
  });

  test('is not in memory after it was reported', async () => {
    const { begin } = startReceiver();
    const body = begin(2000);
    await body.send('a'.repeat(2000));
    await body.end();
    assert.equal(body.sent.body.length, 2000);
    assert.equal(body.sent.bytes.buffer.byteLength, 0);
  });

  test('that has stalled is displaced by another one', async () => {
    const { begin, clock } = startReceiver({ allLarge: 6_000_000 });
    const stopped = begin(5_000_000);
    await stopped.send('a');
    clock.now = bounds.patience - 1;
    assert.equal(begin(2_000_000).sent.outcome, 'no-room');
    clock.now = bounds.patience;
    const next = begin(2_000_000);
    assert.equal(stopped.sent.outcome, 'no-room');
    await next.send('b'.repeat(2_000_000));
    await next.end();
    assert.equal(next.sent.outcome, 'whole');
  });

  test('displaces as many stalled ones as necessary, the oldest first', () => {
    const { begin, clock } = startReceiver({ allLarge: 6000 });
    const stopped = [begin(2000), begin(2000), begin(2000)];
    clock.now = bounds.patience;
    assert.equal(begin(4000).sent.outcome, undefined);
    assert.deepEqual(
      stopped.map(({ sent }) => sent.outcome),
      ['no-room', 'no-room', undefined],
    );
  });

  test('displaces no stalled one if it is refused itself', () => {
    const { begin, clock } = startReceiver({ allLarge: 6000 });
    const stopped = begin(2000);
    clock.now = bounds.patience;
    begin(4000);
    assert.equal(begin(3000).sent.outcome, 'no-room');
    assert.equal(stopped.sent.outcome, undefined);
  });

  test('that is sent slowly is displaced, too; a fast one is not', async () => {
    const { begin, clock } = startReceiver({ allLarge: 10_000_000 });
    const [trickling, going] = [begin(5_000_000), begin(5_000_000)];
    for (let second = 0; second < 3; second++) {
      clock.now += bounds.patience / 2;
      await trickling.send('a'.repeat(1000));
      await going.send('b'.repeat(progress));
    }
    assert.equal(begin(5_000_000).sent.outcome, undefined);
    assert.equal(trickling.sent.outcome, 'no-room');
    assert.equal(begin(5_000_000).sent.outcome, 'no-room');
    assert.equal(going.sent.outcome, undefined);
  });

  test('in chunks is refused when it becomes large and there is no memory', async () => {
    const { begin } = startReceiver({ allLarge: bodyLimit });
    begin(2000);
    const body = begin(undefined);
    await body.send('a'.repeat(900));
    assert.equal(body.sent.outcome, undefined);
    await body.send('b'.repeat(900));
    assert.equal(body.sent.outcome, 'no-room');
  });
});

type Begun = ReturnType<ReturnType<typeof startReceiver>['begin']>;
