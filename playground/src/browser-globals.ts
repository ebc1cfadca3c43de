/** Defines what the engine uses of Node.js's globals. Import it first. */

const encoder = new TextEncoder();

Object.assign(globalThis, {
  Buffer: { byteLength: (text: string) => encoder.encode(text).length },
});
