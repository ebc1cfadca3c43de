/** The names of what is injected. A pod's own object of the same name is a conflict. */
export const volumeName = 'downlink';
export const tokenVolumeName = 'downlink-token';
export const ambassadorName = 'ambassador';
