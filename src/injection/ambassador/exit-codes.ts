import type { Warning } from '../../diagnostics/findings.ts';
import { quote } from '../../diagnostics/text.ts';
import { listAt, valueAt } from '../../json/json-value.ts';

const exitCode = 2; // of kubectl proxy when it is terminated, which happens at the end of each pod
const maxRules = 20; // the most that a podFailurePolicy can have

/**
 * Returns a warning for each rule of a Job's podFailurePolicy that counts the exit code of the ambassador, which terminates in
 * every failed pod. A rule that names no container also applies to native sidecars. The policy is a sibling of the pod template.
 * Source: kubernetes/kubernetes pkg/controller/job/pod_failure_policy.go
 */
export function countedExitCodes(object: unknown, templatePath: readonly string[]): readonly Warning[] {
  const rules = [...templatePath.slice(0, -1), 'podFailurePolicy', 'rules'];
  const [first] = listAt(object, [...templatePath, 'spec', 'containers']);
  const name = valueAt(first, ['name']);
  const containerName = quote(typeof name === 'string' ? name : 'main');
  return listAt(object, rules)
    .slice(0, maxRules)
    .flatMap((rule, index) => {
      if (!counts(valueAt(rule, ['onExitCodes']))) return [];
      const field = `${rules.join('.')}[${index}].onExitCodes`;
      const detail = `it also counts the ambassador's exit code, which is ${exitCode} at the end of every pod; add containerName: ${containerName}`;
      return [{ code: 'exit-code-counted', field, detail } as const];
    });
}

function counts(onExitCodes: unknown): boolean {
  const container = valueAt(onExitCodes, ['containerName']);
  if (container !== undefined && container !== null) return false;
  const isNamed = listAt(onExitCodes, ['values']).includes(exitCode);
  switch (valueAt(onExitCodes, ['operator'])) {
    case 'In':
      return isNamed;
    case 'NotIn':
      return !isNamed;
    default:
      return false; // the API server rejects it
  }
}
