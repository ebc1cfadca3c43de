import { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { addChangeFlags, type ChangeFlags, changeManifests } from './manifest/change-manifests.ts';
import { findInputs } from './manifest/manifest-input.ts';

/** `downlink uninject`: prints manifests without what was injected. */
export function uninjectCommand(invocation: Invocation): Command {
  const command = new Command('uninject')
    .description('Print manifests without what was injected: the reverse of inject')
    .addHelpText(
      'after',
      `
Removes what the annotation downlink.dev/status names, the annotation itself, and each list that becomes empty. Works on
the output of inject and on objects from a cluster, with defaults set.

Exit codes: 0 done, 1 a status annotation that Downlink did not write, 2 something cannot be read.

Examples:
  $ kubectl get deployment web -o yaml | downlink uninject -f -
  $ downlink uninject -f k8s/ -R --diff`,
    );
  return addChangeFlags(command).action(async (flags: ChangeFlags) => {
    const { uninject } = await import('../index.ts');
    const inputs = await findInputs(flags, invocation.stdin);
    await changeManifests(inputs, flags, invocation, uninject);
  });
}
