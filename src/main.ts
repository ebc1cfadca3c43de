#!/usr/bin/env node
import { Command } from 'commander';
import { certsCommand } from './commands/certs-command.ts';
import { completeCommand, printCompletions } from './commands/complete-command.ts';
import { completionCommand } from './commands/completion-command.ts';
import { explainCommand } from './commands/explain-command.ts';
import { injectCommand } from './commands/inject-command.ts';
import { lintCommand } from './commands/lint-command.ts';
import { calledAs, showAsPlugin } from './commands/program-name.ts';
import { scanCommand } from './commands/scan-command.ts';
import { serveCommand } from './commands/serve-command.ts';
import { uninjectCommand } from './commands/uninject-command.ts';
import { UsageError } from './commands/usage-error.ts';
import { version } from './version.ts';

const program = new Command('downlink')
  .description('Adds downward API variables, files, and a kubectl proxy to pods that request them by annotation')
  .version(version)
  .showHelpAfterError('(see --help)')
  .addCommand(injectCommand())
  .addCommand(uninjectCommand())
  .addCommand(explainCommand())
  .addCommand(lintCommand())
  .addCommand(scanCommand())
  .addCommand(serveCommand())
  .addCommand(certsCommand())
  .addCommand(completionCommand())
  .addCommand(completeCommand(), { hidden: true });

// exit code 1 means findings in manifests or the cluster; 2 means a wrong flag, or input that cannot be read
for (const command of [program, ...program.commands]) {
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}

const name = calledAs(process.argv[1]);
if (name === 'kubectl-downlink') showAsPlugin(program);
try {
  if (name === 'kubectl_complete-downlink') await printCompletions(program, process.argv.slice(2));
  else await program.parseAsync();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`downlink: ${error.message.replaceAll('\n', '\ndownlink: ')}\n`);
  process.exitCode = 2;
}
