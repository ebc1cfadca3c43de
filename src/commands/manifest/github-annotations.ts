import type { FileFinding } from './finding-report.ts';

const commands = { error: 'error', warning: 'warning', hint: 'notice' } as const;

/**
 * Formats a finding as a workflow command, which GitHub shows at the line in a pull request.
 * Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function formatGithub({ file, line, column, severity, object, message }: FileFinding): string {
  const at = line === undefined ? '' : `,line=${line},col=${column}`;
  const place = `file=${property(file)}${at},title=${property(`downlink: ${object ?? file}`)}`;
  return `::${commands[severity]} ${place}::${data(message)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
