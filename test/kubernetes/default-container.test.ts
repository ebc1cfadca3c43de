import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultContainer } from '../../src/kubernetes/default-container.ts';

const spec = {
  containers: [{ name: 'main' }, { name: 'worker' }],
  initContainers: [{ name: 'prepare' }],
  ephemeralContainers: [{ name: 'debugger' }],
};

describe('the default container', () => {
  const annotated = (value: unknown) => ({
    metadata: { annotations: { 'kubectl.kubernetes.io/default-container': value } },
    spec,
  });
  for (const [name, pod, kind, expected] of [
    ['is the first regular one', { spec }, 'container', 'main'],
    ['is the container that the annotation names', annotated('worker'), 'container', 'worker'],
    ['is the init container that the annotation names', annotated('prepare'), 'container', 'prepare'],
    ['is the ephemeral container that the annotation names', annotated('debugger'), 'ephemeral', 'debugger'],
    ['is missing if the pod does not have the one that the annotation names', annotated('other'), 'missing', 'other'],
    ['is the first if the annotation is empty', annotated(''), 'container', 'main'],
    ['is the first if the annotation is not a string', annotated(1), 'container', 'main'],
    ['is the first without annotations', { metadata: { annotations: null }, spec }, 'container', 'main'],
    ['does not exist without containers', { spec: { containers: null } }, 'container', undefined],
    ['does not exist without a spec', {}, 'container', undefined],
  ] as const) {
    test(name, () => {
      assert.deepEqual(defaultContainer(pod), { kind, name: expected });
    });
  }
});
