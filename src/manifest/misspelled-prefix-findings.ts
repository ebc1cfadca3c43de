import { keyMeantBy, nearPrefixesIn } from '../annotations/misspelled-prefix.ts';
import type { ManifestDocument } from '../yaml-edit/yaml-document.ts';
import type { Positions, SourceDocument } from '../yaml-edit/yaml-stream.ts';
import { type ManifestFinding, offsetOfField } from './manifest-finding.ts';
import { nameOf, podsOf } from './review-manifest.ts';

const keys = /(?:^|[\s{,])["']?([A-Za-z][\w./-]{4,})["']?\s*:/gm; // of any map: the shortest prefix that is near has so many letters

/** Returns whether a document may hold an annotation whose prefix is nearly ours; any other one need not be looked at. */
export function mentionsNearPrefix({ text }: SourceDocument): boolean {
  for (const [, key = ''] of text.matchAll(keys)) if (keyMeantBy(key) !== undefined) return true;
  return false;
}

/** Finds annotations whose prefix is nearly ours, on pods and on objects that make some. */
export function nearPrefixFindings(document: ManifestDocument, positions: Positions): readonly ManifestFinding[] {
  return podsOf(document).flatMap(({ object, templatePath }) =>
    nearPrefixesIn(object.value, templatePath).map(
      ({ field, detail }): ManifestFinding => ({
        severity: 'hint',
        code: 'near-prefix',
        object: nameOf(object),
        field,
        message: `${field}: ${detail}`,
        ...positions(document.offset + offsetOfField(document, object.path, field)),
      }),
    ),
  );
}
