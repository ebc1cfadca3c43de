import { after, describe } from 'node:test';
import { loadGoldenCases } from '../golden/cases.ts';
import { makeCertificateFolder } from '../support/test-server.ts';
import { prepareAudit } from './audit.ts';
import { startControlPlane } from './control-plane.ts';
import { makeServiceAccount } from './namespaces.ts';
import { ambassadorTests } from './parts/ambassador.ts';
import { clusterOptionsTests } from './parts/cluster-options.ts';
import { controllersTests } from './parts/controllers.ts';
import { examplesTests, loadExamples } from './parts/examples.ts';
import { goldenTests } from './parts/golden.ts';
import { limitsTests } from './parts/limits.ts';
import { offlineTests } from './parts/offline.ts';
import { policyTests } from './parts/policy.ts';
import { reinvocationTests } from './parts/reinvocation.ts';
import { requestsTests } from './parts/requests.ts';
import { scanTests } from './parts/scan.ts';
import { scopeTests } from './parts/scope.ts';
import { warningsTests } from './parts/warnings.ts';
import { removeAtExit } from './processes.ts';

// The parts run one after another on one control plane. Each registers Downlink and removes it at its end.
const audit = await prepareAudit();
const plane = await startControlPlane({ apiServerArgs: audit.apiServerArgs });
await makeServiceAccount(plane.api, 'default', 'default');
const certificates = await makeCertificateFolder();
removeAtExit(certificates.folder);
/** The webhook under test has no settings file. */
const cases = (await loadGoldenCases()).filter(({ settings }) => settings.config === undefined);
const examples = await loadExamples();

const manager = plane.binaries.controllerManager === undefined ? 'without' : 'with';
const server = `Kubernetes ${plane.gitVersion} ${manager} a controller manager`;
console.log(`Testing on ${server}`);

describe(server, () => {
  after(plane.stop);
  goldenTests(plane, certificates, cases);
  offlineTests(plane, certificates, cases);
  examplesTests(plane, certificates, examples);
  requestsTests(plane, certificates);
  scopeTests(plane, certificates);
  ambassadorTests(plane, certificates);
  limitsTests(plane, certificates);
  controllersTests(plane, certificates);
  policyTests(plane, certificates);
  reinvocationTests(plane, certificates, audit);
  scanTests(plane, certificates);
  warningsTests(plane, certificates);
  clusterOptionsTests(plane);
});
