import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { kubectl } from '../kubectl.ts';
import { namespace, release } from '../settings.ts';

const operations = new URL('../../../docs/operations.md', import.meta.url);
const resources: Readonly<Record<string, string>> = {
  Secrets: 'secrets',
  Secret: 'secrets',
  Deployment: 'deployments.apps',
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations.admissionregistration.k8s.io',
};

/** Tests the permissions of the service account in addition to those of every user: the table in docs/operations.md. */
export function permissionsTests(): void {
  describe('permissions of the service account', () => {
    let rights: readonly string[];
    before(async () => {
      rights = rightsOfTable(await readFile(operations, 'utf8'));
    });

    test('in its namespace are those in docs/operations.md', async () => {
      assert.equal(rights.length, 5);
      assert.deepEqual(await rightsIn(release), rights);
    });

    test('in other namespaces are those for the configurations, which are cluster-scoped', async () => {
      const clusterWide = rights.filter((right) => right.includes('webhookconfigurations.'));
      assert.equal(clusterWide.length, 2);
      for (const where of ['default', 'kube-system', namespace]) assert.deepEqual(await rightsIn(where), clusterWide);
    });
  });
}

/** Returns rows such as "get, watch, and update the `downlink-certificates` Secret", for the release under test. */
function rightsOfTable(markdown: string): readonly string[] {
  const row = /^\| ([a-z]+(?:, (?:and )?[a-z]+)*) (?:the `downlink([a-z-]*)` )?([A-Z]\w+)(?: in its namespace)? \|/gm;
  const rows = [...markdown.matchAll(row)].filter(([, , , kind = '']) => kind in resources);
  return rows
    .map(([, verbs = '', suffix, kind = '']) => {
      const names = suffix === undefined ? '' : release + suffix;
      return right(resources[kind] ?? '', names, verbs.split(/, (?:and )?/));
    })
    .toSorted();
}

async function rightsIn(where: string): Promise<readonly string[]> {
  const everybodys = await rightsOf('nobody', where);
  return (await rightsOf(release, where)).filter((right) => !everybodys.includes(right)).toSorted();
}

/** Returns the rows that kubectl prints for a service account in the namespace of the release. */
async function rightsOf(account: string, where: string): Promise<readonly string[]> {
  const user = `system:serviceaccount:${release}:${account}`;
  const [header = '', ...rows] = (await kubectl(['auth', 'can-i', '--list', `--as=${user}`, '--namespace', where]))
    .trimEnd()
    .split('\n');
  assert.match(header, /^Resources +Non-Resource URLs +Resource Names +Verbs$/);
  return rows.map((row) => {
    const [, what = '', urls = '', names = '', verbs = ''] = /^(\S*) +\[(.*)\] +\[(.*)\] +\[(.*)\]$/.exec(row) ?? [];
    return right(what || urls, names, verbs.split(' '));
  });
}

function right(resource: string, names: string, verbs: readonly string[]): string {
  return `${resource} [${names}]: ${verbs.toSorted().join(' ')}`;
}
