import { Command, Option } from 'commander';
import { settingKeys } from '../config/settings.ts';
import { addSettingFlags } from './setting-flags.ts';

/** `downlink serve`: runs the webhook until a signal stops it. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Serve the admission webhook over HTTPS')
    .addOption(new Option('--config <file>', 'settings as YAML, with names in camel case').env('DOWNLINK_CONFIG'))
    .addHelpText(
      'after',
      '\nExample:\n  $ downlink serve --tls-cert-file certs/local/tls.crt --tls-private-key-file certs/local/tls.key',
    );
  addSettingFlags(command, settingKeys);
  return command.action(async (flags: Readonly<Record<string, unknown>>) => {
    const { runServer } = await import('./run-server.ts'); // it loads half of all modules, which no other command needs
    await runServer(flags);
  });
}
