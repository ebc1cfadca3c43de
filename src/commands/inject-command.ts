import { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { addChangeFlags, type ChangeFlags, changeManifests } from './manifest/change-manifests.ts';
import { injectFunction } from './manifest/inject-function.ts';
import { addInjectionFlags, optionsOf } from './manifest/manifest-flags.ts';
import { findInputs } from './manifest/manifest-input.ts';

/** `downlink inject`: prints manifests with what the webhook would add. */
export function injectCommand(invocation: Invocation): Command {
  const command = new Command('inject')
    .description('Print manifests with the additions that their pods request; the rest is unchanged')
    .addHelpText(
      'after',
      `
Changes Pods, workloads (Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob), and lists
of them as the webhook would change their pods. A file with a mistake is not printed; the others are.

A ResourceList on standard input is the input of a KRM function: its functionConfig has the settings, and the output has
the results.

Exit codes: 0 done, 1 mistakes in annotations, 2 something cannot be read.

Examples:
  $ downlink inject -f deploy.yaml | kubectl apply -f -
  $ downlink inject -f k8s/ -R --diff --kubernetes-version 1.33`,
    );
  addInjectionFlags(addChangeFlags(command));
  return command.action(async (flags: ChangeFlags) => {
    const inputs = await findInputs(flags, invocation.stdin);
    const { inject, isResourceList } = await import('../index.ts');
    const [first, ...more] = inputs;
    if (first?.name === 'stdin' && more.length === 0) {
      const input = first.read();
      if (input.kind === 'text' && isResourceList(input.text)) return injectFunction(input.text, flags, invocation);
    }
    const options = await optionsOf(flags, invocation);
    return changeManifests(inputs, flags, invocation, (text) => inject(text, options));
  });
}
