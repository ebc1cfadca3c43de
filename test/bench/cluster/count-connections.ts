import { subscribe } from 'node:diagnostics_channel';

// Loaded before the server's own code (`node --import`): counts the connections that it has accepted, and tells whoever
// started it how many there were when it asks.
let connections = 0;
subscribe('net.server.socket', () => {
  connections++;
});
process.on('message', () => process.send?.(connections));
process.channel?.unref(); // to be asked must not keep it alive
process.on('disconnect', () => process.exit());
