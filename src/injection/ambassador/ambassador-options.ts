import { type AnnotationName, annotationField, annotationKeys } from '../../annotations/annotation-keys.ts';
import { splitList } from '../../annotations/annotation-list.ts';
import {
  type InvalidValue,
  invalid,
  oneOf,
  type ParsedValue,
  parseBoolean,
  suggestWord,
  unsupported,
  type ValueParser,
  valid,
} from '../../annotations/parsed-value.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { maxShown, quote } from '../../diagnostics/text.ts';
import { parseQuantity } from '../../kubernetes/quantity.ts';

export const accessPresets = ['read-only', 'own-namespace', 'no-secrets', 'full'] as const;
export type AccessPreset = (typeof accessPresets)[number];
export const sidecarKinds = ['auto', 'native', 'container'] as const;
export type SidecarKind = (typeof sidecarKinds)[number];

/** The options of the ambassador. Quantities are strings; if one is undefined, the pod determines it. */
export interface AmbassadorIntent {
  readonly port: number;
  readonly access: readonly AccessPreset[];
  readonly image: string;
  readonly cpu: string | undefined;
  readonly memory: string | undefined;
  readonly sidecar: SidecarKind;
  /** Whether clients in the target containers find it by KUBECONFIG. */
  readonly kubeconfig: boolean;
}

const maxImage = 512; // characters: far more than registry, path, tag, and sha256 digest need
export const minPort = 1024; // not every platform lets a non-root process listen on lower ports
export const maxPort = 65535;

/** Returns these access presets with others, in their usual order. `full` is left out, as it cannot be combined. */
export function withRequiredAccess(
  given: readonly AccessPreset[],
  required: readonly string[],
): readonly AccessPreset[] {
  return accessPresets.filter((preset) => required.includes(preset) || (preset !== 'full' && given.includes(preset)));
}

/** The parser of each option, for the annotations and for the defaults in the configuration. */
export const ambassadorOptions = {
  port(value: string): ParsedValue<number> {
    const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
    return port >= minPort && port <= maxPort
      ? valid(port)
      : invalid(`must be a port from ${minPort} to ${maxPort}, for example "8001"`);
  },
  access(value: string): ParsedValue<readonly AccessPreset[]> {
    const items = [...new Set(splitList(value))];
    const known = accessPresets.filter((preset) => items.includes(preset));
    const unknown = items.find((item) => !known.some((preset) => preset === item));
    if (unknown !== undefined) return unsupportedAccess(value);
    if (known.length === 0) return invalid('must name at least one preset, for example "read-only"');
    if (known.includes('full') && known.length > 1) {
      const others = known.filter((preset) => preset !== 'full').join(', ');
      return invalid(`"full" cannot be combined; write "full" or ${quote(others)}`);
    }
    return valid(known);
  },
  image(value: string): ParsedValue<string> {
    return isImageReference(value)
      ? valid(value)
      : invalid(`must be an image reference, for example ${quote(annotationKeys['ambassador-image'].example)}`);
  },
  cpu(value: string): ParsedValue<string> {
    return isPositiveQuantity(value)
      ? valid(value)
      : invalid('must be a Kubernetes quantity above zero, for example "50m"');
  },
  memory(value: string): ParsedValue<string> {
    return isPositiveQuantity(value)
      ? valid(value)
      : invalid('must be a Kubernetes quantity above zero, for example "128Mi"');
  },
  sidecar: oneOf(sidecarKinds),
  kubeconfig: parseBoolean,
} satisfies { readonly [O in keyof AmbassadorIntent]: ValueParser<NonNullable<AmbassadorIntent[O]>> };

type Option = keyof typeof ambassadorOptions;

/** Returns the option that an annotation sets. */
export function optionOf(name: `ambassador-${Option}`): Option {
  return name.slice('ambassador-'.length) as Option;
}

/** Parses the `ambassador-*` annotations. For an absent or invalid one, returns the default; an invalid one is an error. */
export function parseAmbassadorOptions(
  annotation: (name: AnnotationName) => string | undefined,
  defaults: AmbassadorIntent,
  findings: Findings,
): AmbassadorIntent {
  const read = <O extends Option>(option: O): AmbassadorIntent[O] => {
    const name = `ambassador-${option}` as const;
    const value = annotation(name)?.trim();
    if (value === undefined) return defaults[option];
    const parsed = (ambassadorOptions[option] as ValueParser<AmbassadorIntent[O]>)(value);
    if (parsed.kind === 'valid') return parsed.value;
    findings.errors.push({ field: annotationField(name), value, ...parsed.error });
    return defaults[option];
  };
  return {
    port: read('port'),
    access: read('access'),
    image: read('image'),
    cpu: read('cpu'),
    memory: read('memory'),
    sidecar: read('sidecar'),
    kubeconfig: read('kubeconfig'),
  };
}

/** Returns the error for a list with an unknown preset, such as `readonly;own-namespace`, and suggests what was meant. */
function unsupportedAccess(value: string): InvalidValue {
  const words = value
    .slice(0, maxShown)
    .split(/[,;|&\s]+/)
    .filter((word) => word !== '');
  const meant = words.map((word) => suggestWord(word, accessPresets));
  const list = [...new Set(meant)].join(', ');
  const isValid = !meant.includes(undefined) && ambassadorOptions.access(list).kind === 'valid';
  return unsupported(accessPresets, isValid ? list : undefined);
}

function isPositiveQuantity(value: string): boolean {
  return (parseQuantity(value) ?? 0) > 0;
}

/** Reports whether a value is `[registry[:port]/]path[:tag][@digest]`. Grammar: https://pkg.go.dev/github.com/distribution/reference */
function isImageReference(value: string): boolean {
  if (value.length > maxImage) return false;
  const [name = '', digest, ...more] = value.split('@');
  if (more.length > 0 || (digest !== undefined && !/^[a-z0-9]+:[0-9a-fA-F]{32,}$/.test(digest))) return false;
  const elements = name.split('/');
  const last = elements.pop() ?? '';
  const [repository = '', tag, ...rest] = last.split(':');
  if (rest.length > 0 || (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag))) return false;
  const host = elements.length > 0 && /[.:]|^localhost$/.test(elements[0] ?? '') ? elements.shift() : undefined;
  if (host !== undefined && !/^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/.test(host)) return false;
  return [...elements, repository].every((element) => /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/.test(element));
}
