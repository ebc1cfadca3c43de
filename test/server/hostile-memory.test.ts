import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ServerProcess, startProcess } from '../bench/server-process.ts';
import { reviewOf, workloadReviewOf } from '../support/admission-review.ts';
import { type CertificateFolder, makeCertificateFolder } from '../support/test-server.ts';
import { connectWebhook, type WebhookClient } from '../support/webhook-client.ts';

// Reviews of up to 3.9 MB that a server with the image's heap must answer and survive.

const root = join(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const entrypoint: string[] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]');
const flags = entrypoint.filter((word) => word.startsWith('--'));
const longest = 64 * 1024; // characters of a denial

const asking = { 'downlink.dev/env': 'true, otel', 'downlink.dev/volume': 'true', 'downlink.dev/ambassador': 'true' };
const many = 350_000;
const count = <T>(length: number, of: (index: number) => T): T[] => Array.from({ length }, (_, index) => of(index));
const status = (parts: object) => ({ 'downlink.dev/status': JSON.stringify({ version: '0.1.0', ...parts }) });
const main = (fields: object) => ({ containers: [{ name: 'main', ...fields }] });
const ours = (items: readonly object[]) => ({ volumes: [{ name: 'downlink', downwardAPI: { items } }] });
const podOf = (spec: object, annotations: object = asking) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', annotations },
  spec,
});

interface Cause {
  readonly field: string;
  readonly message: string;
}

/** Pods with very many errors, and the number of errors that the response does not show. */
const mistaken: readonly { readonly name: string; readonly pod: object; readonly more: number }[] = [
  { name: 'variables that are strings', pod: podOf(main({ env: count(many, () => 'xxxxxxxx') })), more: many - 20 },
  {
    name: 'mounts without a name and a path',
    pod: podOf({ ...main({}), initContainers: [{ name: 'first', volumeMounts: count(195_000, () => ({})) }] }),
    more: 2 * 195_000 - 20,
  },
  {
    name: 'labels of nodes that are numbers',
    pod: podOf({ ...main({}), nodeSelector: Object.fromEntries(count(100_000, (index) => [`l${index}`, 1])) }),
    more: 100_000 - 20,
  },
  {
    name: 'unknown annotations',
    pod: podOf(main({}), Object.fromEntries(count(12_000, (index) => [`downlink.dev/${index}`, 'x']))),
    more: 12_000 - 20,
  },
  {
    name: 'files that are directories',
    pod: podOf(
      { ...main({}), ...ours(count(1800, (index) => ({ path: `a${'/a'.repeat(index)}` }))) },
      { ...asking, ...status({ volumes: ['downlink'] }) },
    ),
    more: 1799 - 20,
  },
];

/** Pods with few errors whose patch or checks would not end, or would not fit into memory. */
const costly: readonly { readonly name: string; readonly pod: object; readonly says: RegExp }[] = [
  {
    name: 'a long name of a variable in thousands of containers',
    pod: podOf(
      { containers: count(9000, (index) => ({ name: `c${index}` })) },
      { 'downlink.dev/env': `${'N'.repeat(200_000)}=metadata.name` },
    ),
    says: /9000 containers would get \d+ characters/,
  },
  {
    name: 'a long name of a container in a thousand files',
    pod: podOf(
      { containers: [{ name: 'n'.repeat(3_500_000) }] },
      { 'downlink.dev/volume': count(1000, (index) => `f${index}=limits.cpu/1m`).join() },
    ),
    says: /spec\.containers\[0\]\.name: Too long/,
  },
  {
    name: 'a mount path that goes up and down',
    pod: podOf(
      main({ volumeMounts: [{ name: 'x', mountPath: `/${'a'.repeat(2_000_000)}${'/b/..'.repeat(300_000)}` }] }),
      {
        'downlink.dev/volume': 'labels',
        'downlink.dev/volumes': 'x',
      },
    ),
    says: /did you mean downlink\.dev\/volume/,
  },
];

for (const onInvalid of ['deny', 'warn']) {
  describe(`with on-invalid ${onInvalid} and the image's heap the server survives`, () => {
    let certificates: CertificateFolder;
    let server: ServerProcess;
    let client: WebhookClient;

    before(async () => {
      certificates = await makeCertificateFolder();
      const file = (name: string) => join(certificates.folder, name);
      server = await startProcess([
        ...[...flags, join(root, 'src/main.ts'), 'serve', '--port=0', '--health-port=0', '--bind-address=127.0.0.1'],
        ...[`--tls-cert-file=${file('tls.crt')}`, `--tls-private-key-file=${file('tls.key')}`],
        ...[`--on-invalid=${onInvalid}`, '--shutdown-delay=0'],
      ]);
      client = connectWebhook(server.port, certificates.authority.certificate);
    });
    after(async () => {
      client.close();
      await server.stop();
      await certificates.remove();
    });

    /** Returns the errors or the warnings in the response. */
    async function answerTo(path: string, review: object): Promise<readonly string[]> {
      const { status: code, body } = await client.send('POST', path, JSON.stringify(review));
      assert.equal(code, 200, body);
      assert.ok(body.length < longest, `${body.length} characters`);
      const { allowed, warnings, status: denial } = JSON.parse(body).response;
      assert.equal(allowed, onInvalid === 'warn' || path !== '/mutate');
      return allowed ? warnings : denial.details.causes.map(({ field, message }: Cause) => `${field}: ${message}`);
    }

    for (const { name, pod, more } of mistaken) {
      test(`a pod with very many errors: ${name}`, async () => {
        const said = await answerTo('/mutate', reviewOf(pod));
        assert.equal(said.length, 21);
        assert.match(said.at(-1) ?? '', new RegExp(`: and ${more} more$`));
      });

      test(`the same in a Deployment: ${name}`, async () => {
        const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {}, spec: { template: pod } };
        const said = await answerTo('/validate-workload', workloadReviewOf(deployment));
        assert.equal(said.at(-1), `downlink: Deployment: and ${more} more`);
      });
    }

    for (const { name, pod, says } of costly) {
      test(name, async () => assert.match((await answerTo('/mutate', reviewOf(pod))).join('; '), says));
    }
  });
}
