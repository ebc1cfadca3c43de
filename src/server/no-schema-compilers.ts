import type { FastifyServerOptions } from 'fastify';

/** Nothing here has a schema: fastify otherwise loads and sets up two compilers of them, a hundred modules, at start. */
export const noSchemas: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: { buildValidator: refuse, buildSerializer: refuse },
};

function refuse(): never {
  throw new Error('no route has a schema');
}
