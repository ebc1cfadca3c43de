import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { create, kubectl, tryKubectl } from '../kubectl.ts';
import { examplePod, execute, logs, started } from '../pods.ts';
import { namespace } from '../settings.ts';

const files = '/etc/downward';

/** Tests the variables and files of deploy/examples in running containers. */
export function examplesTests(): void {
  describe('examples', () => {
    before(async () => {
      await create(namespace, await examplePod('env.yaml'), await examplePod('volume.yaml'));
      await started('downward', 'downward-volume');
    });

    test('env.yaml: the container has the requested variables, and no others from Downlink', async () => {
      const lines = (await logs('downward')).split('\n');
      const ours = lines.filter((line) => /^(POD|NODE|HOST|SERVICE_ACCOUNT|CONTAINER|OTEL)(_[A-Z_]+)?=/.test(line));
      const pod = JSON.parse(await kubectl(['-n', namespace, 'get', 'pod', 'downward', '-o=json']));
      assert.deepEqual(ours, [
        'CONTAINER_CPU_REQUEST_MILLICORES=15',
        'CONTAINER_MEMORY_LIMIT_KIBIBYTES=20480',
        `NODE_NAME=${pod.spec.nodeName}`,
        `POD_IP=${pod.status.podIP}`,
        'POD_NAME=downward',
        `POD_NAMESPACE=${namespace}`,
        'SERVICE_ACCOUNT=default',
      ]);
    });

    test('volume.yaml: the container has the requested files', async () => {
      const expected = {
        annotations: /^downlink\.dev\/volume="metadata\.name, metadata\.namespace, .*"$/m,
        containerCpuRequestMilliCores: /^15$/,
        containerMemoryLimitBytes: /^20971520$/,
        labels: /^foo="bar"$/,
        podName: /^downward-volume$/,
        podNamespace: new RegExp(`^${namespace}$`),
      };
      assert.deepEqual((await execute('downward-volume', 'ls', files)).trim().split('\n'), Object.keys(expected));
      for (const [file, content] of Object.entries(expected)) {
        assert.match(await execute('downward-volume', 'cat', `${files}/${file}`), content, file);
      }
    });

    test('a changed label appears in its file', async (t) => {
      const began = performance.now();
      await kubectl(['-n', namespace, 'label', 'pod', 'downward-volume', 'colour=green']);
      // a kubelet updates it within 90 s
      const look = `until grep -q '^colour="green"$' ${files}/labels; do sleep 1; done; cat ${files}/labels`;
      const labels = await execute('downward-volume', 'timeout', '150', 'sh', '-c', look);
      t.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s`);
      assert.deepEqual(labels.trim().split('\n'), ['colour="green"', 'foo="bar"']);
    });

    test('mistakes.yaml is denied, with a line for each mistake', async () => {
      const pod = await examplePod('mistakes.yaml');
      const { exitCode, stderr } = await tryKubectl(['-n', namespace, 'create', '-f', '-'], pod);
      assert.equal(exitCode, 1);
      const [first, ...lines] = stderr.trim().split('\n');
      assert.equal(first, 'The Pod "mistakes" is invalid: ');
      const nearest = 'Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?';
      assert.ok(lines.includes(`* metadata.annotations[downlink.dev/env]: ${nearest}`), stderr);
      assert.deepEqual(
        lines
          .map((line) => /^\* metadata\.annotations\[downlink\.dev\/([\w-]+)\]: /.exec(line)?.[1] ?? line)
          .toSorted(),
        ['ambassadors', 'env', 'env', 'env', 'volume', 'volume', 'volume-mode'],
      );
    });
  });
}
