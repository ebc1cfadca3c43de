/** The names of what Downlink injects. A pod that has its own volume or container of such a name is rejected. */
export const volumeName = 'downlink';
export const tokenVolumeName = 'downlink-token';
export const kubeconfigVolumeName = 'downlink-kubeconfig';
export const ambassadorName = 'ambassador';
