#!/usr/bin/env node
import { Command } from 'commander';
import { certsCommand } from './commands/certs.ts';
import { explainCommand } from './commands/explain.ts';
import { injectCommand } from './commands/inject.ts';
import { lintCommand } from './commands/lint.ts';
import { serveCommand } from './commands/serve.ts';
import { uninjectCommand } from './commands/uninject.ts';
import { UsageError } from './commands/usage-error.ts';
import { version } from './version.ts';

const program = new Command('downlink')
  .description('Downward API variables, files and a kubectl proxy for pods that ask by annotation')
  .version(version)
  .showHelpAfterError('(--help shows what there is)')
  .addCommand(serveCommand())
  .addCommand(injectCommand())
  .addCommand(uninjectCommand())
  .addCommand(explainCommand())
  .addCommand(lintCommand())
  .addCommand(certsCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`downlink: ${error.message.replaceAll('\n', '\ndownlink: ')}\n`);
  process.exitCode = 2;
}
