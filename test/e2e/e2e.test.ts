import { after, afterEach, before, describe } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { revokeRights } from './ambassador-rbac.ts';
import { uninstall, whatRuns } from './helm.ts';
import { kubectl } from './kubectl.ts';
import { ambassadorTests } from './parts/ambassador.ts';
import { certManagerTests } from './parts/cert-manager.ts';
import { chartOptionsTests } from './parts/chart-options.ts';
import { controllersTests } from './parts/controllers.ts';
import { examplesTests } from './parts/examples.ts';
import { type Installation, install, installTests } from './parts/install.ts';
import { installFileTests } from './parts/install-file.ts';
import { permissionsTests } from './parts/permissions.ts';
import { profilesTests } from './parts/profiles.ts';
import { uninstallTests } from './parts/uninstall.ts';
import { upgradeTests } from './parts/upgrade.ts';
import { warningsTests } from './parts/warnings.ts';
import { podWith } from './pods.ts';
import { namespace, needsLabel, otherNamespace, profileNamespace, release, serverVersion } from './settings.ts';

// The parts follow each other with one installation, from an empty cluster to an empty cluster.
const version = await serverVersion();

describe(`Kubernetes ${version.gitVersion}`, { timeout: 20 * 60_000 }, () => {
  let installation: Installation;
  before(async () => {
    await clean({ wait: true }); // after an interrupted run
    for (const name of [namespace, otherNamespace]) await kubectl(['create', 'namespace', name]);
    if (needsLabel(version)) await kubectl(['label', 'namespace', namespace, 'downlink.dev/enabled=true']);
    // until the service account and, in old clusters, its token exist
    const dryRun = ['-n', namespace, 'create', '--dry-run=server', '-f', '-'];
    await eventually(() => kubectl(dryRun, podWith('first', {}, 'true')));
    installation = await install(); // here, because nothing can be tested without it
  });
  // at once, because the tests that follow change the replicas
  afterEach(async (context) => {
    if ('passed' in context && !context.passed) console.error(await whatRuns());
  });
  after(() => clean({ wait: false }));
  installTests(() => installation);
  examplesTests();
  ambassadorTests(version);
  controllersTests();
  warningsTests();
  permissionsTests();
  upgradeTests();
  chartOptionsTests(version);
  profilesTests(version);
  uninstallTests();
  certManagerTests();
  installFileTests(version);
});

/** Removes all objects of these tests, and optionally waits until they are gone. */
async function clean({ wait }: { readonly wait: boolean }): Promise<void> {
  await uninstall();
  await revokeRights();
  const ours = [release, namespace, otherNamespace, profileNamespace];
  await kubectl(['delete', 'namespace', ...ours, '--ignore-not-found', `--wait=${wait}`, '--timeout=180s']);
}
