import { stringify } from 'yaml';
import { isObject, valueAt } from '../json/json-value.ts';
import { isJson } from '../yaml-edit/block-layout.ts';
import { exactJson, exactValue } from '../yaml-edit/exact-value.ts';
import { removals } from '../yaml-edit/remove-nodes.ts';
import { applyEdits } from '../yaml-edit/text-edit.ts';
import { createPositions } from '../yaml-edit/text-lines.ts';
import { readDocument, type YamlDocument } from '../yaml-edit/yaml-document.ts';
import { splitDocuments } from '../yaml-edit/yaml-stream.ts';
import { inject } from './inject-manifest.ts';
import { type ManifestFinding, messageWithoutField, offsetOfField } from './manifest-finding.ts';
import { displayName, type ManifestObject, nonEmptyText, objectsOf } from './manifest-objects.ts';
import type { ManifestOptions } from './manifest-options.ts';

/**
 * One entry of `results` in a ResourceList.
 * Source: https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md,
 * and Result in kyaml/fn/framework/result.go
 */
export interface FunctionResult {
  readonly message: string;
  readonly severity: 'error' | 'warning' | 'info';
  /** The object, as far as it says what it is. */
  readonly resourceRef?: Readonly<Record<string, string>>;
  readonly field?: { readonly path: string };
  /** The file that the orchestrator has read the object from. */
  readonly file?: { readonly path: string; readonly index?: number };
  readonly tags: Readonly<Record<string, string>>;
}

/** The output of a KRM function. */
export interface InjectedResourceList {
  /** The ResourceList with its results; its items are unchanged if there is an error. */
  readonly text: string;
  readonly results: readonly FunctionResult[];
  readonly findings: readonly ManifestFinding[];
  /** Whether the result for any pod depends on the Kubernetes version, which is unknown. */
  readonly needsVersion: boolean;
}

/** Returns whether a text is the input of a KRM function: one document of the kind ResourceList. */
export function isResourceList(text: string): boolean {
  return text.includes('ResourceList') && openList(text) !== undefined;
}

/** Injects everything that the items of a ResourceList request, and reports about them in `results`. */
export function injectResourceList(text: string, options: ManifestOptions): InjectedResourceList {
  const { text: injected = text, findings, needsVersion } = inject(text, options);
  const list = openList(text);
  const results = list === undefined ? [] : findings.map(resultOf(list));
  return { text: withResults(injected, results), results, findings, needsVersion };
}

function openList(text: string): YamlDocument | undefined {
  const [source, ...more] = splitDocuments(text);
  if (source === undefined || more.length > 0) return undefined;
  const result = readDocument(source, 'value');
  if (result.kind === 'failure') return undefined;
  const { value } = result.document;
  const group = nonEmptyText(value, ['apiVersion'])?.startsWith('config.kubernetes.io/');
  return group && valueAt(value, ['kind']) === 'ResourceList' ? result.document : undefined;
}

/** Returns a function that turns a finding into a result. Its object is the last one that begins before it. */
function resultOf(list: YamlDocument): (finding: ManifestFinding) => FunctionResult {
  const positions = createPositions(list.text);
  const objects = objectsOf(list.value).map((object) => ({
    object,
    ...positions(list.offset + offsetOfField(list, object.path, '')),
  }));
  return ({ severity, code, field, message, line, column, object: name }) => {
    const found = objects.findLast((one) => one.line < line || (one.line === line && one.column <= column));
    const object = found && displayName(found.object) === name ? found.object : undefined;
    return {
      message: messageWithoutField({ field, message }),
      severity: severity === 'hint' ? 'info' : severity,
      ...(object && { resourceRef: referenceTo(object) }),
      ...(field !== undefined && { field: { path: field } }),
      ...fileOf(object),
      tags: { code },
    };
  };
}

function referenceTo({ apiVersion, kind, name, namespace }: ManifestObject): Readonly<Record<string, string>> {
  const members = { apiVersion, kind, name, namespace };
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value]])),
  );
}

/** Orchestrators say in annotations which file an object comes from, and which of its documents it is. */
function fileOf(object: ManifestObject | undefined): Pick<FunctionResult, 'file'> {
  const annotation = (name: string) =>
    nonEmptyText(object?.value, ['metadata', 'annotations', `internal.config.kubernetes.io/${name}`]) ??
    nonEmptyText(object?.value, ['metadata', 'annotations', `config.kubernetes.io/${name}`]);
  const [path, index = ''] = [annotation('path'), annotation('index')];
  return path === undefined ? {} : { file: { path, ...(/^\d{1,6}$/.test(index) && { index: Number(index) }) } };
}

/** Returns the text of a list with these results in place of those that it has. */
function withResults(text: string, results: readonly FunctionResult[]): string {
  const list = openList(text);
  if (isJson(text)) {
    const value = list && exactValue(list);
    const { results: _, ...others } = isObject(value) ? value : {};
    return results.length === 0 ? text : `${exactJson({ ...others, results })}\n`;
  }
  if (list?.yaml.has('results')) {
    const removal = removals(list, [], [['results']]);
    if (removal.kind === 'edits') return withResults(applyEdits(list.text, removal.edits), results);
    list.yaml.delete('results');
    return withResults(list.yaml.toString({ lineWidth: 0 }), results);
  }
  if (results.length === 0) return text;
  const ending = text.endsWith('\n') ? '' : '\n';
  return `${text}${ending}${stringify({ results }, { lineWidth: 0, compat: 'yaml-1.1' })}`;
}
