import { Command } from 'commander';
import { addChangeFlags, type ChangeFlags, changeManifests } from './manifest/change-manifests.ts';

/** `downlink uninject`: prints manifests without what was injected. */
export function uninjectCommand(): Command {
  const command = new Command('uninject')
    .description('Print manifests without what was injected: the reverse of inject')
    .addHelpText(
      'after',
      `
What the annotation downlink.dev/status names goes, that annotation, and each list that is empty then. It works on the
output of inject and on what a cluster gives, with its defaults set.

Exit codes: 0 done, 1 a status annotation that is not ours, 2 something could not be read.

Examples:
  $ kubectl get deployment web -o yaml | downlink uninject -f -
  $ downlink uninject -f k8s/ -R --diff`,
    );
  return addChangeFlags(command).action(async (flags: ChangeFlags) => {
    const { uninject } = await import('../index.ts');
    await changeManifests(flags, uninject);
  });
}
