import type { EnvVar } from '../../kubernetes/pod.ts';

/** A variable to add, with the names of the variables that its value refers to. */
export interface ReferringVariable {
  readonly variable: EnvVar;
  readonly references: readonly string[];
}

/** Consecutive variables, and the index of the first one in the container's `env` after the earlier ones were added. */
export interface PlacedVariables {
  readonly at: number;
  readonly values: readonly EnvVar[];
}

/**
 * Places variables in front of the container's own, in their order. One that refers to variables of the container goes behind
 * the last of them, since `$(VAR)` sees only earlier variables, and so does one that refers to such a variable. `ownIndex` is
 * the index of the container's variable of a name. `unseen` is called for a name that no earlier variable has.
 */
export function placeVariables(
  added: readonly ReferringVariable[],
  ownIndex: (name: string) => number | undefined,
  unseen: (variable: EnvVar, name: string) => void,
): readonly PlacedVariables[] {
  const front = -1; // the index behind which the variables go that refer to none of the container
  const behind = new Map<string, number>();
  const groups = new Map<number, EnvVar[]>();
  for (const { variable, references } of added) {
    let after = front;
    for (const name of references) {
      const index = behind.get(name) ?? ownIndex(name);
      if (index === undefined) unseen(variable, name);
      else after = Math.max(after, index);
    }
    behind.set(variable.name, after);
    const group = groups.get(after);
    if (group === undefined) groups.set(after, [variable]);
    else group.push(variable);
  }
  let before = 0; // variables that are added further in front
  return [...groups]
    .sort(([one], [other]) => one - other)
    .map(([after, values]) => {
      const at = after + 1 + before;
      before += values.length;
      return { at, values };
    });
}
