// `helm test` runs this script in a pod with the image of the webhook (templates/tests/injection.yaml). It asks the API server
// to create an annotated pod with dryRun, which changes nothing, and exits with 1 unless Downlink added what the pod requests.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const { TEST_NAMESPACE: namespace, CONFIGURATION: configuration, IMAGE: image } = process.env;
const timeout = 60_000; // milliseconds: longer than the API server waits for the webhook

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    generateName: 'downlink-test-',
    annotations: { 'downlink.dev/env': 'pod', 'downlink.dev/volume': 'labels' },
  },
  spec: {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }, // OpenShift assigns the user
    containers: [
      {
        name: 'main',
        image, // that of the webhook, which a policy for images allows; it is never pulled
        resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '10m', memory: '16Mi' } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
};

/** Returns the status and the body of the response of the API server. */
function createPod() {
  const options = {
    host,
    port,
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods?dryRun=All`,
    ca: readFileSync(`${folder}/ca.crt`),
    headers: { authorization: `Bearer ${readFileSync(`${folder}/token`)}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(timeout),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, async (response) => {
      const chunks = await response.toArray().catch(reject);
      if (chunks) resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(pod));
  });
}

/** Returns why the test fails; undefined if Downlink made its additions. */
function problemOf({ status, body }) {
  if (status !== 201) return `the API server rejected the pod: ${body.message ?? `status ${status}`}`;
  const { env = [], volumeMounts = [] } = body.spec.containers[0];
  const isInjected =
    env.some(({ name }) => name === 'POD_NAME') && volumeMounts.some(({ mountPath }) => mountPath === '/etc/downward');
  if (isInjected) return undefined;
  return `Downlink added nothing: check that it serves the namespace (the selectors of the MutatingWebhookConfiguration ${configuration}), that it runs, and that onInvalid or failurePolicy does not let pods through`;
}

try {
  const problem = problemOf(await createPod());
  if (problem === undefined) console.log(`Downlink injects the pods in the namespace ${namespace}`);
  else throw new Error(problem);
} catch (error) {
  console.error(`a pod in the namespace ${namespace}: ${error.message}`);
  process.exitCode = 1;
}
