import { parseSettings } from '../../config/parse-settings.ts';
import type { SettingsFile } from '../../config/setting-sources.ts';
import { messageOf } from '../../diagnostics/text.ts';
import type { FunctionResult } from '../../index.ts';
import { isObject } from '../../json/json-value.ts';
import type { Invocation } from '../invocation.ts';
import { UsageError } from '../usage-error.ts';
import { exitCodeOf, type FileFinding, formatFinding } from './finding-report.ts';
import { type ManifestFlags, optionsOf, reportUnknownVersion } from './manifest-flags.ts';
import { writeOutput } from './write-output.ts';

/** Injects a ResourceList as a KRM function: its functionConfig has the settings, and the output has the results. */
export async function injectFunction(text: string, flags: ManifestFlags, invocation: Invocation): Promise<void> {
  const { injectResourceList } = await import('../../index.ts');
  const { namespace, settings } = await readFunctionConfig(text);
  const options = await optionsOf({ ...flags, ...(namespace !== undefined && { namespace }) }, invocation, settings);
  const { text: output, results, findings, needsVersion } = injectResourceList(text, options);
  const { stderr } = invocation;
  if (needsVersion) reportUnknownVersion(stderr);
  for (const result of results) stderr.write(`${formatFinding(asFileFinding(result), stderr)}\n`);
  writeOutput(output, invocation);
  invocation.exitCode = exitCodeOf(findings);
}

interface FunctionConfig {
  readonly namespace: string | undefined;
  readonly settings: SettingsFile | undefined;
}

/**
 * Reads the functionConfig: `spec` has the settings as a settings file does, or `data` of a ConfigMap has them as text. Both can
 * have `namespace`, which is not a setting.
 */
async function readFunctionConfig(text: string): Promise<FunctionConfig> {
  const list = await parseSettings(text); // with numbers as text, as in a settings file
  const config = isObject(list) && isObject(list['functionConfig']) ? list['functionConfig'] : {};
  const content = isObject(config['spec']) ? config['spec'] : await parseData(config['data']);
  if (content === undefined) return { namespace: undefined, settings: undefined };
  const { namespace, ...settings } = content;
  return {
    namespace: typeof namespace === 'string' ? namespace : undefined,
    settings: { name: 'functionConfig', content: settings },
  };
}

async function parseData(data: unknown): Promise<Record<string, unknown> | undefined> {
  if (!isObject(data)) return undefined;
  const { profiles, ...others } = data;
  if (typeof profiles !== 'string') return data;
  try {
    return { ...others, profiles: await parseSettings(profiles) };
  } catch (error) {
    throw new UsageError(`functionConfig: data.profiles: cannot read it as YAML: ${messageOf(error)}`);
  }
}

/** Returns a result with the file of the object in place of a line of the list, which no user has seen. */
function asFileFinding({ message, severity, resourceRef, field, file }: FunctionResult): FileFinding {
  const { kind, name } = resourceRef ?? {};
  return {
    file: file?.path ?? 'ResourceList',
    line: undefined,
    column: undefined,
    severity: severity === 'info' ? 'hint' : severity,
    code: 'invalid',
    object: kind === undefined || name === undefined ? kind : `${kind}/${name}`,
    field: field?.path,
    message: field === undefined ? message : `${field.path}: ${message}`,
  };
}
