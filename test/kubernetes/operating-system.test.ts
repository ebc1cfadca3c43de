import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { windowsField } from '../../src/kubernetes/operating-system.ts';

const os = 'kubernetes.io/os';
const older = 'beta.kubernetes.io/os';
const build = 'node.kubernetes.io/windows-build';
const options = { windowsOptions: { runAsUserName: 'ContainerUser' } };
const main = { name: 'main' };
const required = (...nodeSelectorTerms: readonly object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const term = (key: string, operator: string, ...values: readonly string[]) => ({
  matchExpressions: [{ key, operator, values }],
});
const affinity = 'spec.affinity.nodeAffinity';

describe('a pod', () => {
  for (const [name, spec, expected] of [
    ['that names no operating system', {}, undefined],
    ['of os windows', { os: { name: 'windows' } }, 'spec.os.name'],
    ['of os linux', { os: { name: 'linux' } }, undefined],
    ['of os null', { os: { name: null } }, undefined],
    ['that selects windows', { nodeSelector: { [os]: 'windows' } }, `spec.nodeSelector[${os}]`],
    [
      'that selects windows by the older label',
      { nodeSelector: { [older]: 'windows' } },
      `spec.nodeSelector[${older}]`,
    ],
    ['that selects a Windows build', { nodeSelector: { [build]: '10.0.20348' } }, `spec.nodeSelector[${build}]`],
    ['whose only term requires a Windows build', required(term(build, 'In', '10.0.20348')), affinity],
    ['whose only term requires any Windows build', required(term(build, 'Exists')), affinity],
    ['whose only term requires a later Windows build', required(term(build, 'Gt', '20000')), affinity],
    ['whose term excludes Windows builds', required(term(build, 'DoesNotExist')), undefined],
    ['whose term excludes one Windows build', required(term(build, 'NotIn', '10.0.17763')), undefined],
    ['that selects linux', { nodeSelector: { [os]: 'linux' } }, undefined],
    ['that selects something else', { nodeSelector: { system: 'windows' } }, undefined],
    ['whose only term requires windows', required(term(os, 'In', 'windows')), affinity],
    ['whose only term requires windows by the older label', required(term(older, 'In', 'windows')), affinity],
    ['whose terms all require windows', required(term(os, 'In', 'windows'), term(older, 'In', 'windows')), affinity],
    ['whose term excludes linux', required(term(os, 'NotIn', 'linux')), affinity],
    [
      'whose term requires windows and a zone',
      required({
        matchExpressions: [{ key: 'zone', operator: 'Exists' }, ...term(os, 'In', 'windows').matchExpressions],
      }),
      affinity,
    ],
    ['with an empty term and one that requires windows', required({}, term(os, 'In', 'windows')), affinity],
    ['whose other term requires linux', required(term(os, 'In', 'windows'), term(os, 'In', 'linux')), undefined],
    ['whose other term requires a zone', required(term(os, 'In', 'windows'), term('zone', 'In', 'a')), undefined],
    [
      'whose other term requires a node',
      required(term(os, 'In', 'windows'), { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }),
      undefined,
    ],
    ['whose term accepts both systems', required(term(os, 'In', 'windows', 'linux')), undefined],
    ['whose term requires linux', required(term(os, 'In', 'linux')), undefined],
    ['whose term excludes windows', required(term(os, 'NotIn', 'windows')), undefined],
    ['whose term requires any value of the label', required(term(os, 'Exists')), undefined],
    ['without terms', required(), undefined],
    [
      'that prefers windows',
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: term(os, 'In', 'windows') }],
          },
        },
      },
      undefined,
    ],
    ['with windowsOptions', { securityContext: options }, 'spec.securityContext.windowsOptions'],
    [
      'with windowsOptions in a container',
      { containers: [main, { name: 'x', securityContext: options }] },
      'spec.containers[1].securityContext.windowsOptions',
    ],
    [
      'with windowsOptions in an init container',
      { initContainers: [{ name: 'x', securityContext: options }] },
      'spec.initContainers[0].securityContext.windowsOptions',
    ],
    ['with windowsOptions that are null', { securityContext: { windowsOptions: null } }, undefined],
    [
      'with windowsOptions that selects linux',
      { securityContext: options, nodeSelector: { [os]: 'linux' } },
      undefined,
    ],
    ['with null everywhere', { os: null, nodeSelector: null, affinity: { nodeAffinity: null } }, undefined],
  ] as const) {
    test(`${name} is ${expected === undefined ? 'not for Windows nodes' : `for Windows nodes by ${expected}`}`, () => {
      assert.equal(windowsField({ containers: [main], ...(spec as object) }), expected);
    });
  }
});
