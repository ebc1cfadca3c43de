import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { helm } from './helm.ts';

/** Folder of the chart. */
export const chart = fileURLToPath(new URL('chart', import.meta.url));
/** Manifests for installation without Helm. `node deploy/render.ts` renders the file. */
export const installFile = fileURLToPath(new URL('install.yaml', import.meta.url));

const name = 'downlink';

/** Returns the content of install.yaml: the chart with its default values, in the namespace downlink, for Kubernetes 1.30 and later. */
export async function renderInstall(): Promise<string> {
  const manifests = await helm('template', name, chart, '--namespace', name, '--kube-version', '1.30.0');
  return `# Rendered from the chart by deploy/render.ts. To change this file, change the chart and render it again.
# For Kubernetes 1.30 and later. On older versions, install the chart with Helm.
apiVersion: v1
kind: Namespace
metadata:
  name: ${name}
  labels:
    pod-security.kubernetes.io/enforce: restricted
${manifests.trimEnd()}
`;
}

if (import.meta.main) await writeFile(installFile, await renderInstall());
