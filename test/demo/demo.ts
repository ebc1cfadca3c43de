/** Starts the server, sends it the example pods as an API server would, and prints the answers. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { structuredPatch } from 'diff';
import jsonpatch from 'fast-json-patch';
import { parse, stringify } from 'yaml';
import type { AdmissionReviewResponse } from '../../src/admission/admission-response.ts';
import { reviewOf } from '../support/admission-review.ts';
import { makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook, type WebhookClient } from '../support/webhook-client.ts';

const root = join(import.meta.dirname, '../..');
const kubernetesVersion = '1.37'; // with native sidecars
const order = ['env.yaml', 'volume.yaml', 'ambassador.yaml', 'all.yaml'];
const denied = 'docs/examples/mistakes.yaml';
const yamlStyle = { lineWidth: 0 }; // long arguments stay on one line

const certificates = await makeCertificateFolder();
const server = await startTestServer(certificates, { kubernetesVersion });
const client = connectWebhook(server.port, certificates.authority.certificate);
try {
  print(
    `The webhook serves at https://localhost:${server.port}/mutate, with a certificate that is verified here, as on Kubernetes ${kubernetesVersion}.`,
  );
  const files = (await readdir(join(root, 'deploy/examples'))).filter((file) => file.endsWith('.yaml'));
  files.sort((one, other) => order.indexOf(one) - order.indexOf(other));
  for (const file of [...files.map((name) => `deploy/examples/${name}`), denied]) await show(file, client);
  print('\nThe same pods, in a cluster: kubectl apply -f deploy/examples/env.yaml');
} finally {
  client.close();
  await server.stop(0);
  await certificates.remove();
}

/** Sends one example and prints its diff and warnings, or its denial. */
async function show(file: string, { post }: WebhookClient): Promise<void> {
  const text = await readFile(join(root, file), 'utf8');
  const pod: { metadata: { name: string } } = parse(text);
  const answer = await post(JSON.stringify(reviewOf(pod)));
  if (answer.status !== 200) throw new Error(`${file}: HTTP ${answer.status}: ${answer.body}`);
  const { response }: AdmissionReviewResponse = JSON.parse(answer.body);
  print(`\n${paint('bold', file)}  ${text.split('\n', 1)[0]?.replace('# ', '') ?? ''}`);
  if (!response.allowed) {
    print(paint('red', `The Pod "${pod.metadata.name}" is invalid:`));
    for (const { field, message } of response.status?.details.causes ?? [])
      print(paint('red', `* ${field}: ${message}`));
    return;
  }
  const operations = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString() || '[]');
  const patched = jsonpatch.applyPatch(pod, operations, true, false).newDocument;
  printDiff(stringify(pod, yamlStyle), stringify(patched, yamlStyle));
  for (const warning of response.warnings ?? []) print(paint('yellow', `Warning: ${warning}`));
}

function printDiff(before: string, after: string): void {
  for (const { lines } of structuredPatch('', '', before, after, '', '', { context: 2 }).hunks) {
    for (const line of lines) {
      print(`  ${line.startsWith('+') ? paint('green', line) : line.startsWith('-') ? paint('red', line) : line}`);
    }
    print('  ...');
  }
}

/** Returns the text in color on a terminal, and unchanged elsewhere and under NO_COLOR. */
function paint(style: 'bold' | 'green' | 'red' | 'yellow', text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
