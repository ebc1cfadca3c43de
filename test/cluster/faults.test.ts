import { after, describe } from 'node:test';
import { startControlPlane } from './control-plane.ts';
import { apiServerTests } from './faults/api-server.ts';
import { attacksTests } from './faults/attacks.ts';
import { certificatesTests } from './faults/certificates.ts';
import { install } from './faults/installation.ts';
import { permissionsTests } from './faults/permissions.ts';
import { policyTests } from './faults/policy.ts';
import { replicasTests } from './faults/replicas.ts';
import { secretTests } from './faults/secret.ts';
import { createTable } from './faults/table.ts';
import { makeServiceAccount } from './namespaces.ts';

// During each fault, pods that opt in are created and counted.
const plane = await startControlPlane({ apiServerArgs: ['--request-timeout', '6s'] }); // when it stops, it also waits this long for watches
await makeServiceAccount(plane.api, 'default', 'default');
const installation = await install(plane);
const table = createTable();

describe(`faults on Kubernetes ${plane.gitVersion}`, () => {
  after(async () => {
    table.print();
    await plane.stop();
  });
  replicasTests(installation, table);
  certificatesTests(installation, table);
  secretTests(installation, table);
  apiServerTests(installation, table);
  permissionsTests(installation, table);
  policyTests(installation);
  attacksTests(installation, table);
});
