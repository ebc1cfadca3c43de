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
  manifestOptions,
} from '../../src/index.ts';
import { isObject } from '../../src/json/json-value.ts';
import { offsetOfField } from '../../src/manifest/manifest-finding.ts';
import { createPositions } from '../../src/yaml-edit/text-lines.ts';
import { readDocument } from '../../src/yaml-edit/yaml-document.ts';
import { annotatedPods } from './pod-annotations.ts';
import type { Evaluation, PlaygroundInput, SettingsProblem } from './protocol.ts';

const settingsName = 'settings';
const maxExplained = 50; // pods in the tables: more than anybody reads
const plainText = { isTTY: false } as unknown as NodeJS.WritableStream & { isTTY: boolean };

/** Returns everything that the page shows about its input: what `inject`, `lint`, and `explain` print. */
export async function evaluate(input: PlaygroundInput): Promise<Evaluation> {
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
  const { options } = parsed;
  const injected = inject(manifest, options);
  const linted = lint([{ name: 'manifest', text: manifest }], options)[0];
  const explained = explain(manifest, options);
  return {
    kind: 'evaluation',
    settingsProblems: [],
    result: injected.text,
    diff: injected.text === undefined ? '' : unifiedDiff('manifest.yaml', injected.documents, plainText),
    explanations: explained.pods.slice(0, maxExplained),
    unexplained: Math.max(0, explained.pods.length - maxExplained),
    findings: joinFindings(linted?.findings ?? [], injected.findings),
    pods,
    profiles: [...options.profiles.keys()],
    needsVersion: injected.needsVersion,
  };
}

function withoutResult(settingsProblems: readonly SettingsProblem[], pods: Evaluation['pods']): Evaluation {
  const nothing = { result: undefined, diff: '', explanations: [], unexplained: 0, findings: [], profiles: [] };
  return { kind: 'evaluation', settingsProblems, pods, needsVersion: false, ...nothing };
}

/** Returns what lint finds, and what only an injection can find: a layout that cannot be edited, hidden pull secrets. */
function joinFindings(
  linted: readonly ManifestFinding[],
  injected: readonly ManifestFinding[],
): readonly ManifestFinding[] {
  const own = injected.filter(({ code }) => code === 'not-editable' || code === 'pull-secrets-hidden');
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
