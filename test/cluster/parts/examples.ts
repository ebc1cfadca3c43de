import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { formatKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { accepted, type KubernetesObject, refused } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { startWebhook, type Webhook } from '../webhook.ts';

const folder = new URL('../../../deploy/examples/', import.meta.url);
const deniedFolder = new URL('../../../docs/examples/', import.meta.url);
const denied = 'mistakes.yaml';

/** A file and its pods. */
export interface Example {
  readonly file: string;
  readonly pods: readonly KubernetesObject[];
}

/** Returns the files of deploy/examples, and the one that is denied. */
export async function loadExamples(): Promise<readonly Example[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml'));
  const injected = files.map(async (file) => ({ file, pods: await podsOf(new URL(file, folder)) }));
  return Promise.all([...injected, podsOf(new URL(denied, deniedFolder)).then((pods) => ({ file: denied, pods }))]);
}

/** Tests the examples as a user would apply them. */
export function examplesTests(
  plane: ControlPlane,
  certificates: CertificateFolder,
  examples: readonly Example[],
): void {
  describe('examples', () => {
    let webhook: Webhook;
    before(async () => {
      const kubernetesVersion = formatKubernetesVersion(plane.version);
      webhook = await startWebhook(plane, certificates, { kubernetesVersion });
    });
    after(() => webhook.remove());

    test('cover every kind of injection, and mistakes', () => {
      const expected = ['all.yaml', 'ambassador.yaml', 'env.yaml', denied, 'volume.yaml'];
      assert.deepEqual(
        expected.filter((name) => !examples.some(({ file }) => file === name)),
        [],
      );
    });
    for (const { file, pods } of examples) {
      test(`${file} is ${file === denied ? 'denied' : 'injected'}`, async () => {
        assert.ok(pods.length > 0, `${file} contains no pod`);
        for (const pod of pods) {
          const answer = await plane.api.create(pod);
          if (file === denied) {
            refused(answer, 422);
            continue;
          }
          const stored = accepted(answer);
          accepted(await plane.api.remove(stored));
          assert.ok(stored.metadata.annotations?.['downlink.dev/status'], 'it must say what was injected');
        }
      });
    }
  });
}

async function podsOf(file: URL): Promise<readonly KubernetesObject[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  const objects = documents.map((document) => document.toJS() as KubernetesObject | null);
  return objects.filter((object) => object?.kind === 'Pod') as readonly KubernetesObject[];
}
