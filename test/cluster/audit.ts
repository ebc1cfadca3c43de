import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeAtExit } from './processes.ts';

/** The audit log of created pods. */
export interface Audit {
  /** The flags of the API server that enable it. */
  readonly apiServerArgs: readonly string[];
  /** Returns the annotations of the event for a pod. The API server writes it shortly after its answer. */
  readonly annotationsOf: (namespace: string, name: string) => Promise<Readonly<Record<string, string>>>;
}

interface AuditEvent {
  readonly objectRef: { readonly namespace: string; readonly name?: string };
  readonly annotations: Readonly<Record<string, string>>;
}

export async function prepareAudit(): Promise<Audit> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-audit-'));
  removeAtExit(folder);
  const policyFile = join(folder, 'policy.yaml');
  const logFile = join(folder, 'audit.log');
  const pods = { level: 'Metadata', verbs: ['create'], resources: [{ group: '', resources: ['pods'] }] };
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [pods, { level: 'None' }],
  };
  await writeFile(policyFile, JSON.stringify(policy));
  return {
    apiServerArgs: ['--audit-policy-file', policyFile, '--audit-log-path', logFile],
    annotationsOf: async (namespace, name) => {
      const lines = (await readFile(logFile, 'utf8')).split('\n').slice(0, -1); // the last one can be incomplete
      const events = lines.map((line) => JSON.parse(line) as AuditEvent);
      const isOf = ({ objectRef }: AuditEvent) => objectRef.namespace === namespace && objectRef.name === name;
      const event = events.find(isOf);
      assert.ok(event, `the audit log has no event for pod ${namespace}/${name}`);
      return event.annotations;
    },
  };
}
