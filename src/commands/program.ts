import { Command, CommanderError } from 'commander';
import { version } from '../version.ts';
import { certsCommand } from './certs-command.ts';
import { completeCommand, printCompletions } from './complete-command.ts';
import { completionCommand } from './completion-command.ts';
import { explainCommand } from './explain-command.ts';
import { injectCommand } from './inject-command.ts';
import type { Invocation } from './invocation.ts';
import { lintCommand } from './lint-command.ts';
import { programName, showPluginName } from './program-name.ts';
import { scanCommand } from './scan-command.ts';
import { serveCommand } from './serve-command.ts';
import { uninjectCommand } from './uninject-command.ts';
import { UsageError } from './usage-error.ts';

/** Runs the program and sets the exit code of the invocation. An error that it throws is a bug. */
export async function runProgram(invocation: Invocation): Promise<void> {
  const name = programName(invocation.argv[1]);
  const program = createProgram(invocation);
  for (const stream of [invocation.stdout, invocation.stderr]) stream.on('error', ignoreClosedPipe);
  if (name === 'kubectl-downlink') showPluginName(program, invocation);
  try {
    if (name === 'kubectl_complete-downlink') await printCompletions(program, invocation, invocation.argv.slice(2));
    else await program.parseAsync(invocation.argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // 1 means that a command found something; a wrong flag is 2, like everything that cannot be read
      invocation.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    if (!(error instanceof UsageError)) throw error;
    invocation.stderr.write(`downlink: ${error.message.replaceAll('\n', '\ndownlink: ')}\n`);
    invocation.exitCode = 2;
  }
}

/** Ignores that the reader of the output, such as head, has read enough. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function createProgram(invocation: Invocation): Command {
  const program = new Command('downlink')
    .description('Downward API variables, files, and a kubectl proxy for pods that request them by annotation')
    .version(version)
    .showHelpAfterError('(see --help)')
    .addCommand(injectCommand(invocation))
    .addCommand(uninjectCommand(invocation))
    .addCommand(explainCommand(invocation))
    .addCommand(lintCommand(invocation))
    .addCommand(scanCommand(invocation))
    .addCommand(serveCommand())
    .addCommand(certsCommand(invocation))
    .addCommand(completionCommand(invocation))
    .addCommand(completeCommand(invocation), { hidden: true });
  const { stdout, stderr } = invocation;
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    });
  }
  return program;
}
