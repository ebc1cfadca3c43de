import { annotationKeys } from '../annotations/annotation-keys.ts';
import { accessPresets, ambassadorOptions, sidecarKinds } from '../injection/ambassador/ambassador-options.ts';
import {
  parseImagePrefixes,
  parseNamespacePatterns,
  parsePresets,
  parseRequiredPresets,
  parseSecretNames,
  restrictivePresets,
} from './policy-parsers.ts';
import type { Setting } from './setting.ts';
import { parseUserId } from './setting-parsers.ts';

/** The settings of the ambassador: the defaults of its options, and what pods are allowed to request. */
export const ambassadorSettings = {
  ambassadorImage: {
    placeholder: '<image>',
    meaning: 'image of the ambassador',
    default: 'registry.k8s.io/kubectl:v1.36.2',
    parse: ambassadorOptions.image,
  },
  ambassadorPort: {
    placeholder: '<port>',
    meaning: 'default port of the ambassador',
    default: annotationKeys['ambassador-port'].default,
    parse: ambassadorOptions.port,
  },
  ambassadorAccess: {
    placeholder: '<presets>',
    meaning: 'default access presets of the ambassador',
    default: annotationKeys['ambassador-access'].default,
    parse: ambassadorOptions.access,
    words: accessPresets,
  },
  ambassadorCpu: {
    placeholder: '<quantity>',
    meaning: 'default CPU request of the ambassador, and CPU limit if it has one',
    parse: ambassadorOptions.cpu,
  },
  ambassadorMemory: {
    placeholder: '<quantity>',
    meaning: 'default memory request and limit of the ambassador',
    parse: ambassadorOptions.memory,
  },
  ambassadorSidecar: {
    placeholder: '<kind>',
    meaning: 'default sidecar kind of the ambassador: auto, native, or container',
    default: 'auto',
    parse: ambassadorOptions.sidecar,
    words: sidecarKinds,
  },
  ambassadorRunAsUser: {
    placeholder: '<uid>',
    meaning: 'user ID of the ambassador, or none to leave it to the platform',
    default: '65532',
    parse: parseUserId,
  },
  ambassadorNamespaces: {
    placeholder: '<names>',
    meaning: 'namespaces in which pods may have an ambassador; * is allowed at the end of a name; all if not set',
    parse: parseNamespacePatterns,
  },
  ambassadorAllowedAccess: {
    placeholder: '<presets>',
    meaning: 'access presets that pods may request; all if not set',
    parse: parsePresets,
    words: accessPresets,
  },
  ambassadorRequiredAccess: {
    placeholder: '<presets>',
    meaning: 'access presets that each ambassador must have; none if not set',
    parse: parseRequiredPresets,
    words: restrictivePresets,
  },
  ambassadorAllowedImages: {
    placeholder: '<prefixes>',
    meaning: 'prefixes of the images that pods may request besides that of the settings; all if not set',
    parse: parseImagePrefixes,
  },
  ambassadorPullSecrets: {
    placeholder: '<names>',
    meaning: 'Secrets that are added to imagePullSecrets of pods with an ambassador',
    parse: parseSecretNames,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;
