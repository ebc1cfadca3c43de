import { Command } from 'commander';
import { addChangeFlags, type ChangeFlags, changeManifests } from './manifest/change-manifests.ts';
import { addInjectionFlags, optionsOf } from './manifest/manifest-flags.ts';

/** `downlink inject`: prints manifests as the webhook would make them. */
export function injectCommand(): Command {
  const command = new Command('inject')
    .description('Print manifests with everything injected that their pods ask for; the rest stays byte for byte')
    .addHelpText(
      'after',
      `
Pods, workloads (Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob) and lists of them
are changed as the webhook would change their pods; all else passes. A file with a mistake is not printed, the others are.

Exit codes: 0 done, 1 mistakes in annotations, 2 something could not be read.

Examples:
  $ downlink inject -f deploy.yaml | kubectl apply -f -
  $ downlink inject -f k8s/ -R --diff --kubernetes-version 1.33`,
    );
  addInjectionFlags(addChangeFlags(command));
  return command.action(async (flags: ChangeFlags) => {
    const options = await optionsOf(flags);
    const { inject } = await import('../index.ts');
    await changeManifests(flags, (text) => inject(text, options));
  });
}
