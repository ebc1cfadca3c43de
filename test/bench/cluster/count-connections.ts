import { subscribe } from 'node:diagnostics_channel';

// Loaded before the server (`node --import`): counts the connections that it accepts, and reports the number to the parent
// process on request.
let connections = 0;
subscribe('net.server.socket', () => {
  connections++;
});
process.on('message', () => process.send?.(connections));
process.channel?.unref(); // the channel must not keep the process alive
process.on('disconnect', () => process.exit());
