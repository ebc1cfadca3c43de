/** What the name of an image says about its version. */
export interface ImageVersion {
  /** Undefined if the name has none. */
  readonly tag: string | undefined;
  /** `sha256:...`; undefined if the name has none. */
  readonly digest: string | undefined;
}

/** Returns the tag and the digest of `[registry[:port]/]path[:tag][@digest]`. The port of a registry is not a tag. */
export function imageVersion(image: string): ImageVersion {
  const at = image.indexOf('@');
  const name = at < 0 ? image : image.slice(0, at);
  const last = name.slice(name.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  return {
    tag: (colon < 0 ? '' : last.slice(colon + 1)) || undefined,
    digest: (at < 0 ? '' : image.slice(at + 1)) || undefined,
  };
}
