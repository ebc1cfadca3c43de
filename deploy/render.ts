import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { helm } from './helm.ts';

/** The chart's folder. */
export const chart = fileURLToPath(new URL('chart', import.meta.url));
/** The manifests for those who have no helm; `node deploy/render.ts` writes the file anew. */
export const installFile = fileURLToPath(new URL('install.yaml', import.meta.url));

const name = 'downlink';

/** The content of install.yaml: the chart as it is, in the namespace downlink, for Kubernetes 1.30 and later. */
export async function renderInstall(): Promise<string> {
  const manifests = await helm('template', name, chart, '--namespace', name, '--kube-version', '1.30.0');
  return `# Rendered from the chart by deploy/render.ts; change that and render again.
# For Kubernetes 1.30 and later. On older ones use helm, which renders what they know.
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
