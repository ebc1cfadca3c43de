import { addWarning } from '../../annotations/annotation-warning.ts';
import type { Findings, WarningCode } from '../../diagnostics/findings.ts';

/** Warnings that several containers can cause. Each is reported once, with the names of the containers. */
export interface ContainerWarnings {
  /** Adds a container to the warning with this code and key, whose detail a function returns for all names. */
  readonly add: (
    code: WarningCode,
    key: string,
    container: string,
    detail: (names: readonly string[]) => string,
  ) => void;
  readonly report: (findings: Findings) => void;
}

/** Creates a collection of warnings about containers, which are reported in the order of their first containers. */
export function createContainerWarnings(): ContainerWarnings {
  const groups = new Map<
    string,
    { code: WarningCode; detail: (names: readonly string[]) => string; names: string[] }
  >();
  return {
    add: (code, key, container, detail) => {
      const group = groups.get(`${code} ${key}`);
      if (group === undefined) groups.set(`${code} ${key}`, { code, detail, names: [container] });
      else group.names.push(container);
    },
    report: (findings) => {
      for (const { code, detail, names } of groups.values()) addWarning(findings, code, 'env', () => detail(names));
    },
  };
}
