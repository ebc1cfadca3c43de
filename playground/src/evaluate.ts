import { unifiedDiff } from '../../src/commands/manifest/unified-diff.ts';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { messageOf } from '../../src/diagnostics/text.ts';
import {
  explain,
  type FieldError,
  formatFieldError,
  inject,
  lint,
  type ManifestFinding,
  type ManifestOptions,
  manifestOptions,
} from '../../src/index.ts';
import { isObject } from '../../src/json/json-value.ts';
import { offsetOfField } from '../../src/manifest/manifest-finding.ts';
import { withSomeNamespace } from '../../src/manifest/manifest-options.ts';
import { createPositions } from '../../src/yaml-edit/text-lines.ts';
import { readDocument } from '../../src/yaml-edit/yaml-document.ts';
import { splitDocuments } from '../../src/yaml-edit/yaml-stream.ts';
import { annotatedPods } from './pod-annotations.ts';
import type { Evaluation, PlaygroundInput, SettingsProblem } from './protocol.ts';

const settingsName = 'settings';
const maxExplained = 50; // pods in the tables: more than anybody reads
const maxExplainedText = 256 * 1024; // characters from the beginning of a manifest, so that few pods do not take seconds
const longText = 512 * 1024; // characters that can take more than a second
const plainText = { isTTY: false } as unknown as NodeJS.WritableStream & { isTTY: boolean };

/**
 * Returns everything that the page shows about its input: what `inject`, `lint`, and `explain` print. Reports the findings
 * of a long manifest before that.
 */
export async function evaluate(input: PlaygroundInput, report: (partial: Evaluation) => void): Promise<Evaluation> {
  const { manifest, kubernetesVersion } = input;
  const flags = kubernetesVersion === '' ? {} : { kubernetesVersion };
  const settings = await readSettings(input.settings);
  const parsed = manifestOptions(flags, undefined, { file: { name: settingsName, content: settings.content } });
  const problems =
    parsed.kind === 'invalid'
      ? [...settings.problems, ...parsed.errors.map((error) => placeOf(error, input.settings))]
      : settings.problems;
  const pods = annotatedPods(manifest);
  if (parsed.kind === 'invalid' || problems.length > 0) return withoutResult(problems, pods);
  const options = withSomeNamespace(parsed.options); // of objects that set none, as kubectl's
  const findings = lint([{ name: 'manifest', text: manifest }], options)[0]?.findings ?? [];
  const partial: Evaluation = {
    ...withoutResult([], pods),
    ...explainFirst(manifest, options),
    isPartial: true,
    findings,
    profiles: [...options.profiles.keys()],
  };
  if (manifest.length > longText) report(partial);
  const injected = inject(manifest, options);
  return {
    ...partial,
    isPartial: false,
    result: injected.text,
    diff: injected.text === undefined ? '' : unifiedDiff('manifest.yaml', injected.documents, plainText),
    findings: joinFindings(findings, injected.findings),
    needsVersion: injected.needsVersion,
  };
}

/** Explains the first pods of a manifest. */
function explainFirst(manifest: string, options: ManifestOptions): Pick<Evaluation, 'explanations' | 'hasMore'> {
  const isLong = manifest.length > maxExplainedText;
  const next = splitDocuments(manifest).find(({ offset }) => isLong && offset > maxExplainedText);
  const { pods } = explain(manifest.slice(0, next?.offset), options);
  return { explanations: pods.slice(0, maxExplained), hasMore: next !== undefined || pods.length > maxExplained };
}

function withoutResult(settingsProblems: readonly SettingsProblem[], pods: Evaluation['pods']): Evaluation {
  const nothing = { result: undefined, diff: '', explanations: [], hasMore: false, findings: [], profiles: [] };
  return { kind: 'evaluation', isPartial: false, settingsProblems, pods, needsVersion: false, ...nothing };
}

/**
 * Returns what lint finds, and what only an injection can find: hidden pull secrets, and errors where lint has none, such
 * as a layout that cannot be edited, or a template that does not mention Downlink.
 */
function joinFindings(
  linted: readonly ManifestFinding[],
  injected: readonly ManifestFinding[],
): readonly ManifestFinding[] {
  const hasErrors = linted.some(({ severity }) => severity === 'error');
  const own = injected.filter(
    ({ code, severity }) => code === 'pull-secrets-hidden' || (severity === 'error' && !hasErrors),
  );
  return [...linted, ...own].toSorted((one, other) => one.line - other.line || one.column - other.column);
}

interface SettingsText {
  readonly content: unknown;
  readonly problems: readonly SettingsProblem[];
}

async function readSettings(text: string): Promise<SettingsText> {
  const read = readDocument({ text, offset: 0 }, 'value');
  if (read.kind === 'failure') {
    const problem = { message: read.problem, ...createPositions(text)(read.offset) };
    return { content: undefined, problems: [problem] };
  }
  try {
    return { content: await parseSettings(text), problems: [] };
  } catch (error) {
    return { content: undefined, problems: [{ message: messageOf(error), line: 1, column: 1 }] };
  }
}

/** Returns an error in the settings with its place. */
function placeOf(error: FieldError, text: string): SettingsProblem {
  const field = error.field.replace(`${settingsName}: `, '');
  const message = formatFieldError({ ...error, field });
  const read = readDocument({ text, offset: 0 }, 'value');
  if (read.kind === 'failure' || !isObject(read.document.value)) return { message, line: 1, column: 1 };
  return { message, ...createPositions(text)(offsetOfField(read.document, [], field, error.value)) };
}
