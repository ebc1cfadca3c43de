import type { AddressInfo } from 'node:net';

/** All addresses, of both families if the kernel supports both. */
export const everyAddress = '::';

/** The parts of a fastify server that {@link listen} uses. */
export interface Listener {
  readonly listen: (options: { readonly port: number; readonly host: string }) => Promise<unknown>;
  readonly server: { readonly address: () => AddressInfo | string | null };
}

/**
 * Makes a server listen, and returns its port. Without IPv6, `::` becomes `0.0.0.0`. The host `localhost` becomes
 * `127.0.0.1`: fastify would otherwise start a second server for `::1`, without our limits and without a renewed certificate.
 */
export async function listen(listener: Listener, port: number, host: string): Promise<number> {
  try {
    await listener.listen({ port, host: host === 'localhost' ? '127.0.0.1' : host });
  } catch (error) {
    if (host !== everyAddress || !isWithoutIpv6(error)) throw error;
    await listener.listen({ port, host: '0.0.0.0' });
  }
  return (listener.server.address() as AddressInfo).port;
}

function isWithoutIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}
