import { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { addChangeFlags, type ChangeFlags, changeManifests } from './manifest/change-manifests.ts';
import { addInjectionFlags, optionsOf } from './manifest/manifest-flags.ts';

/** `downlink inject`: prints manifests with what the webhook would add. */
export function injectCommand(invocation: Invocation): Command {
  const command = new Command('inject')
    .description('Print manifests with the additions that their pods request; the rest is unchanged')
    .addHelpText(
      'after',
      `
Changes Pods, workloads (Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob), and lists
of them as the webhook would change their pods. A file with a mistake is not printed; the others are.

Exit codes: 0 done, 1 mistakes in annotations, 2 something cannot be read.

Examples:
  $ downlink inject -f deploy.yaml | kubectl apply -f -
  $ downlink inject -f k8s/ -R --diff --kubernetes-version 1.33`,
    );
  addInjectionFlags(addChangeFlags(command));
  return command.action(async (flags: ChangeFlags) => {
    const options = await optionsOf(flags, invocation);
    const { inject } = await import('../index.ts');
    await changeManifests(flags, invocation, (text) => inject(text, options));
  });
}
