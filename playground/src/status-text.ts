import type { PodExplanation } from '../../src/index.ts';
import { messageWithoutField } from '../../src/manifest/manifest-finding.ts';
import type { ListedFinding } from './findings-view.ts';
import type { Evaluation } from './protocol.ts';

/** What the line above the output says, and how serious it is. */
export interface StatusText {
  readonly tone: 'good' | 'bad' | 'neutral';
  readonly text: string;
}

/** Returns the outcome in one sentence or two. */
export function statusText(evaluation: Evaluation, manifest: string, findings: readonly ListedFinding[]): StatusText {
  const { settingsProblems, result, explanations, diff } = evaluation;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (settingsProblems.length > 0) return { tone: 'bad', text: `${counted(errors, 'mistake')} in the settings.` };
  if (manifest.trim() === '') return { tone: 'neutral', text: 'Paste a Pod or a workload, or choose an example.' };
  const unreadable = evaluation.findings.find(({ code }) => code === 'syntax');
  if (unreadable !== undefined)
    return { tone: 'bad', text: `Line ${unreadable.line} cannot be read: ${unreadable.message}.` };
  const isCut = evaluation.findings.some(({ code, severity }) => code === 'more' && severity === 'error');
  const mistakes = isCut ? 'More than 1000 mistakes' : counted(errors, 'mistake');
  if (evaluation.isPartial && errors === 0)
    return { tone: 'neutral', text: 'No mistakes. The result of this long manifest follows.' };
  if (errors > 0 || result === undefined)
    return { tone: 'bad', text: `${mistakes}: the webhook would reject this.${firstMistake(evaluation)}` };
  const more = evaluation.needsVersion ? ' The result depends on the Kubernetes version: choose one.' : '';
  if (diff === '') return { tone: 'neutral', text: `${nothingAdded(evaluation)}${more}` };
  const injected = explanations.filter(({ outcome }) => outcome === 'injected');
  const [first] = injected;
  const count = `${evaluation.hasMore ? 'More than ' : ''}${counted(injected.length, 'object')}`;
  const what =
    first !== undefined && injected.length === 1 && !evaluation.hasMore
      ? `${first.object} gets ${gainsOf(first)}`
      : `${count} injected`;
  return { tone: 'good', text: `${what}.${more}` };
}

/** Returns where the first mistake is, and what it is. */
function firstMistake({ findings }: Evaluation): string {
  const first = findings.find(({ severity, code }) => severity === 'error' && code !== 'more');
  return first === undefined ? '' : ` Line ${first.line}: ${messageWithoutField(first)}`;
}

function nothingAdded({ pods, findings }: Evaluation): string {
  if (pods.length === 0 && findings.length === 0)
    return 'There is no Pod or workload here, so nothing is added. Paste one, or choose an example.';
  return 'Nothing is added: no annotation requests it.';
}

function gainsOf({ variables, files, ambassador }: PodExplanation): string {
  const gains = [
    ...(variables.length > 0 ? [counted(variables.length, 'variable')] : []),
    ...(files.length > 0 ? [counted(files.length, 'file')] : []),
    ...(ambassador === undefined ? [] : ['the ambassador']),
  ];
  return new Intl.ListFormat('en').format(gains) || 'additions';
}

/** Returns a number with its noun: `1 mistake`, `2 mistakes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
