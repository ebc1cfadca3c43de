import type { FastifyServerOptions } from 'fastify';

/** Keeps fastify from loading its two schema compilers, a hundred modules, at startup: no route has a schema. */
export const noSchemas: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: { buildValidator: refuse, buildSerializer: refuse },
};

function refuse(): never {
  throw new Error('no route has a schema');
}
