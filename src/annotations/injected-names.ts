/** The names of what Downlink injects. A pod whose own volume or container has one of them is denied. */
export const volumeName = 'downlink';
export const tokenVolumeName = 'downlink-token';
export const ambassadorName = 'ambassador';
