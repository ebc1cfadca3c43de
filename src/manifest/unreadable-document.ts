import type { SourceDocument } from '../yaml-edit/yaml-stream.ts';
import { mentionsDownlink, type OpenedDocument } from './manifest-document.ts';
import type { ManifestFinding } from './manifest-finding.ts';

const beginsWithBraces = /^[ \t]*(?:- +)?\{\{/m;

/**
 * Returns the finding about a document that cannot be read; undefined if it is passed over. A template that mentions Downlink
 * is a warning, because a repository with a chart has templates, and nothing is wrong with them.
 */
export function findingOfFailure(
  { finding, isTemplate }: OpenedDocument & { readonly kind: 'failure' },
  source: SourceDocument,
  isFound: boolean,
): ManifestFinding | undefined {
  const hasBraces = source.text.includes('{{');
  if (!mentionsDownlink(source)) return hasBraces || isFound ? undefined : finding;
  if (!isTemplate && !beginsWithBraces.test(source.text)) return finding;
  const message =
    'this is a template ("{{"), so its annotations are not checked; render it first, for example with helm template';
  return { ...finding, severity: 'warning', code: 'template', message };
}
