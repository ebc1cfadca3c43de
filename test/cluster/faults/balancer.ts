import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** The ports of a replica. */
export interface Endpoint {
  readonly port: number;
  readonly healthPort: number;
}

/** A stand-in for a Service: an address whose connections go to a ready replica. */
export interface Balancer {
  readonly port: number;
  /** Probes the replica from now on, and sends it connections while it is ready. */
  readonly add: (endpoint: Endpoint) => void;
  readonly remove: (endpoint: Endpoint) => void;
  /** Reports whether the replica gets connections. */
  readonly isReady: (endpoint: Endpoint) => boolean;
  /** Returns how many replicas get connections. */
  readonly ready: () => number;
  readonly stop: () => Promise<void>;
}

/** The interval between probes, in milliseconds: about the time in which a kubelet notices that a process has ended. */
export const probePeriod = 1000;

/** Starts a balancer on a free port of the loopback address. Open connections stay with their replica. */
export async function startBalancer(): Promise<Balancer> {
  const endpoints = new Map<Endpoint, boolean>(); // with their readiness
  const sockets = new Set<Socket>();
  let turn = 0;
  const next = () => {
    const ready = [...endpoints].filter(([, isReady]) => isReady);
    return ready[turn++ % ready.length]?.[0];
  };
  const server = createServer((client) => {
    const target = next();
    if (target === undefined) return void client.destroy();
    const upstream = connect(target.port, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay().pipe(other);
      socket.on('error', () => other.destroy()); // not a reset, which leaks a socket that is closing
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');

  let stopped = false;
  const probe = async () => {
    while (!stopped) {
      await Promise.all(
        [...endpoints.keys()].map(async (endpoint) => {
          const isReady = await answersReady(endpoint);
          if (endpoints.has(endpoint)) endpoints.set(endpoint, isReady);
        }),
      );
      await delay(probePeriod);
    }
  };
  const probing = probe();
  return {
    port: (server.address() as AddressInfo).port,
    add: (endpoint) => void endpoints.set(endpoint, false),
    remove: (endpoint) => void endpoints.delete(endpoint),
    isReady: (endpoint) => endpoints.get(endpoint) === true,
    ready: () => [...endpoints.values()].filter(Boolean).length,
    stop: async () => {
      stopped = true;
      const closed = once(server.close(), 'close');
      for (const socket of sockets) socket.destroy();
      await Promise.all([probing, closed]);
    },
  };
}

/** Returns status and body of a GET on the health port of a replica. */
export function askHealth({ healthPort }: Endpoint, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const timeout = AbortSignal.timeout(3000); // milliseconds, as in the probes of the chart
    get({ host: '127.0.0.1', port: healthPort, path, agent: false, signal: timeout }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    }).on('error', reject);
  });
}

async function answersReady(endpoint: Endpoint): Promise<boolean> {
  const answer = await askHealth(endpoint, '/readyz').catch(() => undefined);
  return answer?.status === 200;
}
