import { keyMeantBy, misspelledPrefixesIn } from '../annotations/misspelled-prefix.ts';
import type { Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import type { SourceDocument } from '../yaml-edit/yaml-stream.ts';
import { type ManifestFinding, offsetOfField } from './manifest-finding.ts';
import { displayName, podsOf } from './manifest-objects.ts';

const keys = /(?:^|[\s{,])["']?([A-Za-z][\w./-]{4,})["']?\s*:/gm; // of any map; no misspelled prefix is shorter

/** Returns whether a document may have an annotation with a misspelled prefix. */
export function mentionsMisspelledPrefix({ text }: SourceDocument): boolean {
  for (const [, key = ''] of text.matchAll(keys)) if (keyMeantBy(key) !== undefined) return true;
  return false;
}

/** Finds annotations with a misspelled prefix on Pods and workloads. */
export function misspelledPrefixFindings(document: YamlDocument, positions: Positions): readonly ManifestFinding[] {
  return podsOf(document.value).flatMap(({ object, templatePath }) =>
    misspelledPrefixesIn(object.value, templatePath).map(
      ({ field, detail }): ManifestFinding => ({
        severity: 'hint',
        code: 'misspelled-prefix',
        object: displayName(object),
        field,
        message: `${field}: ${detail}`,
        ...positions(document.offset + offsetOfField(document, object.path, field)),
      }),
    ),
  );
}
