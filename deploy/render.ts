import { copyFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { helm } from './helm.ts';

/** Folder of the chart. */
export const chart = pathOf('chart');
/** Manifests for installation without Helm. `node deploy/render.ts` renders the file. */
export const installFile = pathOf('install.yaml');

const name = 'downlink';

/** Files that the chart contains a copy of, because Helm reads only the files of a chart, and their copies in it. */
export const copies: readonly (readonly [source: string, copy: string])[] = [
  [pathOf('alerts/downlink.yaml'), pathOf('chart/files/alerts.yaml')],
  [pathOf('dashboards/downlink.json'), pathOf('chart/files/dashboard.json')],
];

/** Returns the content of install.yaml: the chart with its default values, in the namespace downlink, for Kubernetes 1.30 and later. */
export async function renderInstall(): Promise<string> {
  const forCluster = ['--namespace', name, '--kube-version', '1.30.0'];
  const manifests = await helm('template', name, chart, ...forCluster, '--skip-tests');
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

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

if (import.meta.main) {
  for (const [source, copy] of copies) await copyFile(source, copy);
  await writeFile(installFile, await renderInstall());
}
