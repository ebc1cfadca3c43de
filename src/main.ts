#!/usr/bin/env node
import { Command } from 'commander';
import { certsCommand } from './commands/certs.ts';
import { serveCommand } from './commands/serve.ts';
import { UsageError } from './commands/usage-error.ts';
import { version } from './version.ts';

const program = new Command('downlink')
  .description('Downward API variables, files and a kubectl proxy for pods that ask by annotation')
  .version(version)
  .showHelpAfterError('(--help shows what there is)')
  .addCommand(serveCommand())
  .addCommand(certsCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`downlink: ${error.message.replaceAll('\n', '\ndownlink: ')}\n`);
  process.exitCode = 2;
}
