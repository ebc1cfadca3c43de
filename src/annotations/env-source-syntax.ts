import {
  type DownwardSource,
  describeSource,
  formatDownwardSource,
  parseDownwardSource,
  type SourceProblem,
} from './downward-source.ts';
import { type AdmissionSource, admissionSources, type EnvSource } from './env-source.ts';
import { looksLikeFraction, parseFraction } from './fraction-source.ts';
import { parseQuotedText, quoteText, type TextProblem } from './quoted-text.ts';

/** A file cannot hold what only a variable can: text, percentages, and what is known when a pod is created. */
export interface VariableOnly {
  readonly kind: 'variable-only';
}

/** Parses the source of a variable: a source of the downward API, one known when a pod is created, a fraction, or a text. */
export function parseEnvSource(text: string): EnvSource | SourceProblem | TextProblem {
  if (text.startsWith('"')) return parseQuotedText(text);
  if (/^['`“‘„«]/.test(text)) return { kind: 'wrong-text', problem: 'a text must be in double quotes' };
  if (text.endsWith('?')) return parseDownwardSource(text);
  if (looksLikeFraction(text)) return parseFraction(text);
  return parseAdmissionSource(text) ?? parseDownwardSource(text);
}

/** Parses the source of a file. */
export function parseFileSource(text: string): DownwardSource | SourceProblem | VariableOnly {
  if (text.endsWith('?')) return parseDownwardSource(text);
  const isVariable = /^["'`“‘„«]/.test(text) || looksLikeFraction(text) || parseAdmissionSource(text) !== undefined;
  return isVariable ? { kind: 'variable-only' } : parseDownwardSource(text);
}

/** Returns undefined if the text does not start like a source that is known when a pod is created. */
function parseAdmissionSource(text: string): AdmissionSource | SourceProblem | undefined {
  const source = admissionSources.find((one) => one === text);
  if (source !== undefined) return { kind: 'admission', source };
  const [, place] = /^(container|workload|cluster|ambassador)\./.exec(text) ?? [];
  if (place === undefined) return undefined;
  const others = admissionSources.filter((one) => one.startsWith(`${place}.`));
  const supported = `supported sources of ${place}: ${others.join(', ')}`;
  return { kind: 'unknown-source', problem: 'unknown source', supported };
}

/** Returns a source as a user would write it: `limits.memory*90%/1Mi`, `"a text"`. A variable of OpenTelemetry is shown as its group. */
export function formatEnvSource(source: EnvSource): string {
  switch (source.kind) {
    case 'field':
    case 'resource':
      return formatDownwardSource(source);
    case 'admission':
      return source.source;
    case 'fraction':
      return `${source.resource}*${source.percent}%${source.divisor === undefined ? '' : `/${source.divisor}`}`;
    case 'text':
      return quoteText(source.text);
    case 'otel-resource-attributes':
    case 'otel-service-name':
      return source.readsLabels ? 'otel-labels' : 'otel';
    default:
      return source satisfies never;
  }
}

/** Returns a short description of a source, from which a suggested NAME is derived: `memory limit`, `container name`. */
export function describeEnvSource(source: EnvSource): string {
  switch (source.kind) {
    case 'field':
    case 'resource':
      return describeSource(source);
    case 'fraction':
      return describeSource({ kind: 'resource', resource: source.resource });
    case 'admission':
      return source.source.replaceAll('.', ' ');
    case 'text':
      return 'text';
    default:
      return 'otel resource attributes';
  }
}
