import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CelInput, celEnv, parse as parseCel, plan } from '@bufbuild/cel';
import { parse, stringify } from 'yaml';
import { annotationNames } from '../../src/annotations/annotation-keys.ts';
import { parseInjectionConfig } from '../../src/config/config.ts';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { flagsOf, type Manifest, only } from '../support/manifests.ts';
import { certManager, files, namespace, render, renderText, set, skip } from './render-chart.ts';

const profiles = {
  web: {
    description: 'what every web service gets',
    env: 'pod, TEXT="a: b # c"',
    ambassador: 'true',
    locked: ['ambassador'],
  },
  batch: { volume: 'labels' },
};
const mainWebhook = 'pods.downlink.dev';

describe('the profiles', { skip }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'downlink-profiles-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Returns the arguments for these values, which are passed in a file. */
  const valuesOf = async (values: object): Promise<readonly string[]> => {
    const file = join(folder, 'values.yaml');
    await writeFile(file, stringify(values));
    return ['--values', file];
  };
  const renderWith = async (values: object, ...args: readonly string[]) => render(...(await valuesOf(values)), ...args);
  const templateOf = (manifests: readonly Manifest[]) => only(manifests, 'Deployment').spec.template;
  const podWebhooks = (manifests: readonly Manifest[]): readonly Manifest[] =>
    only(manifests, 'MutatingWebhookConfiguration').webhooks;

  test('have the same keys in the schema of the chart and in the server', async () => {
    const schema = JSON.parse(
      await readFile(new URL('../../deploy/chart/values.schema.json', import.meta.url), 'utf8'),
    );
    const { properties } = schema.properties.profiles.additionalProperties;
    const { description, locked, ...ofAnnotations } = properties;
    assert.deepEqual(Object.keys(ofAnnotations).sort(), locked.items.enum.toSorted());
    const content = (keys: readonly string[]) => ({
      profiles: { web: Object.fromEntries(keys.map((key) => [key, {}])) },
    });
    const errorsOf = (keys: readonly string[]) => {
      const file = { name: 'x', content: content(keys) };
      const parsed = parseInjectionConfig({ flags: {}, environment: {}, file });
      return parsed.kind === 'valid' ? [] : parsed.errors.filter(({ kind }) => kind === 'Forbidden');
    };
    assert.deepEqual(errorsOf(Object.keys(properties)), []);
    const others = annotationNames.filter((name) => !Object.hasOwn(properties, name));
    assert.equal(errorsOf(others).length, others.length);
  });

  test('can have the types that YAML gives to values without quotes, which the server reads as text', async () => {
    const web = { env: ['pod', 'node'], ambassador: true, 'ambassador-port': 9001, 'ambassador-cpu': 0.5 };
    const manifests = await renderWith({ profiles: { web } });
    const content = await parseSettings(only(manifests, 'ConfigMap').data['settings.yaml']);
    const parsed = parseInjectionConfig({ flags: {}, environment: {}, file: { name: 'x', content } });
    assert.ok(parsed.kind === 'valid', JSON.stringify(parsed));
    const { values, env } = parsed.config.profiles.get('web') ?? {};
    assert.deepEqual([...(values ?? [])].sort(), [
      ['ambassador', 'true'],
      ['ambassador-cpu', '0.5'],
      ['ambassador-port', '9001'],
    ]);
    assert.equal(env?.length, 7);
  });

  test('are a file in a ConfigMap that is mounted at the path of --config', async () => {
    const manifests = await renderWith({ profiles, clusterName: 'prod: eu' });
    const configMap = only(manifests, 'ConfigMap');
    const { containers, volumes } = templateOf(manifests).spec;
    const flags = Object.fromEntries(flagsOf(containers[0]));
    const [mount] = containers[0].volumeMounts;
    const expected = { name: mount.name, configMap: { name: configMap.metadata.name, defaultMode: 444 } };
    assert.deepEqual(volumes.slice(0, -1), [expected]); // the last one has the token
    assert.equal(configMap.metadata.namespace, namespace);
    const [[key, content] = []] = Object.entries(configMap.data);
    assert.equal(flags['config'], `${mount.mountPath}/${key}`);
    assert.deepEqual(parse(String(content)), { profiles });
    assert.equal(flags['cluster-name'], 'prod: eu');
  });

  test('share the pod with the certificates of the other modes', async () => {
    for (const mode of [certManager, files]) {
      const { containers, volumes } = templateOf(await renderWith({ profiles }, ...mode)).spec;
      const mounts = containers[0].volumeMounts.map(({ name }: Manifest) => name);
      assert.deepEqual(
        volumes.map(({ name }: Manifest) => name),
        mounts,
      );
      assert.equal(mounts.length, 3);
    }
  });

  test('roll the pods if they change, and only then', async () => {
    const annotationsFor = async (values: object) => templateOf(await renderWith(values)).metadata.annotations;
    const first = await annotationsFor({ profiles, podAnnotations: { note: 'mine' } });
    assert.equal(first.note, 'mine');
    assert.deepEqual(await annotationsFor({ profiles, podAnnotations: { note: 'mine' }, replicas: 3 }), first);
    const changed = { ...profiles, batch: { volume: 'annotations' } };
    assert.notDeepEqual(await annotationsFor({ profiles: changed, podAnnotations: { note: 'mine' } }), first);
    assert.equal(await annotationsFor({}), undefined);
  });

  test('are no ConfigMap, volume, or flag if there are none', async () => {
    const manifests = await render();
    const { containers, volumes } = templateOf(manifests).spec;
    assert.ok(manifests.every(({ kind }) => kind !== 'ConfigMap'));
    assert.deepEqual([volumes.length, containers[0].volumeMounts.length], [1, 1]); // with the token
    assert.ok(!('config' in Object.fromEntries(flagsOf(containers[0]))));
  });

  test('of namespaces are webhooks before the one for all pods, which they resemble', async () => {
    const manifests = await renderWith({ profiles, namespaceProfiles: ['web', 'batch'] });
    const all = podWebhooks(manifests);
    assert.deepEqual(
      all.map(({ name, clientConfig, failurePolicy }) => [name, clientConfig.service.path, failurePolicy]),
      [
        ['web.profiles.downlink.dev', '/mutate/web', 'Ignore'],
        ['batch.profiles.downlink.dev', '/mutate/batch', 'Ignore'],
        [mainWebhook, '/mutate', 'Fail'],
      ],
    );
    const main = all.at(-1);
    const [namedCondition, ...conditions] = main.matchConditions;
    assert.equal(namedCondition.name, 'asks-for-downlink');
    for (const [index, profile] of ['web', 'batch'].entries()) {
      const { name, clientConfig, failurePolicy, matchConditions, namespaceSelector, ...rest } = all[index];
      const { service } = main.clientConfig;
      assert.deepEqual(clientConfig, { service: { ...service, path: `/mutate/${profile}` } });
      assert.deepEqual(matchConditions.slice(1), conditions);
      const label = { key: 'downlink.dev/profile', operator: 'In', values: [profile] };
      const { matchExpressions } = main.namespaceSelector;
      assert.deepEqual(namespaceSelector, { matchExpressions: [label, ...matchExpressions] });
      for (const [key, value] of Object.entries(rest)) assert.deepEqual(value, main[key], key);
    }
  });

  test('of namespaces are for pods that name no profile, have not opted out, and are no mirror pods', async () => {
    const [{ matchConditions }] = podWebhooks(await renderWith({ profiles, namespaceProfiles: ['web'] }));
    const programs = matchConditions.map(({ expression }: Manifest) => plan(celEnv(), parseCel(expression)));
    for (const [annotations, matches] of [
      [undefined, true],
      [{}, true],
      [{ 'example.com/note': 'x' }, true],
      [{ 'downlink.dev/env': 'pod' }, true],
      [{ 'downlink.dev/status': '{}' }, true],
      [{ 'downlink.dev/inject': 'False' }, true],
      [{ 'downlink.dev/profile': 'web' }, false],
      [{ 'downlink.dev/profile': '' }, false],
      [{ 'downlink.dev/inject': 'false' }, false],
      [{ 'kubernetes.io/config.mirror': 'hash' }, false],
    ] as const) {
      const metadata = { name: 'a', ...(annotations && { annotations }) };
      const results = programs.map((run: ReturnType<typeof plan>) =>
        run({ object: { metadata } as unknown as CelInput }),
      );
      assert.ok(results.every((result: unknown) => typeof result === 'boolean'));
      assert.equal(
        results.every((result: boolean) => result),
        matches,
        JSON.stringify(annotations),
      );
    }
  });

  test('of namespaces can be required', async () => {
    const values = { profiles, namespaceProfiles: ['web'], namespaceProfilesFailurePolicy: 'Fail' };
    assert.equal(podWebhooks(await renderWith(values))[0].failurePolicy, 'Fail');
  });

  test('of namespaces have a caBundle if the user sets one', async () => {
    const caBundle = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64');
    const args = [...files, ...set(`certificates.caBundle=${caBundle}`)];
    const all = podWebhooks(await renderWith({ profiles, namespaceProfiles: ['web'] }, ...args));
    assert.deepEqual(
      all.map(({ clientConfig }) => clientConfig.caBundle),
      [caBundle, caBundle],
    );
  });

  test('of namespaces need only their label before Kubernetes 1.30, which has no matchConditions', async () => {
    const values = { profiles, namespaceProfiles: ['web'] };
    const [webhook] = podWebhooks(await renderWith(values, '--kube-version', '1.20'));
    assert.equal(webhook.matchConditions, undefined);
    const label = { key: 'downlink.dev/profile', operator: 'In', values: ['web'] };
    assert.deepEqual(webhook.namespaceSelector, { matchExpressions: [label] });
  });

  for (const [name, values, complaint] of [
    [
      'a name that is no DNS label',
      { profiles: { Web: {} } },
      /profiles: Invalid value: "Web": a name must be a DNS label/,
    ],
    ['a name that is too long', { profiles: { ['a'.repeat(64)]: {} } }, /DNS label of at most 63 characters/],
    [
      'an unknown key',
      { profiles: { web: { evn: 'pod' } } },
      /'\/profiles\/web': additional properties 'evn' not allo/,
    ],
    ['a key with the prefix', { profiles: { web: { 'downlink.dev/env': 'pod' } } }, /additional properties 'downlink/],
    ...['profile', 'containers', 'inject', 'status', 'kubeconfig'].map(
      (key) =>
        [
          `the key ${key}`,
          { profiles: { web: { [key]: 'a' } } },
          new RegExp(`'/profiles/web': additional properties '${key}' not allowed`),
        ] as const,
    ),
    [
      'a map instead of text',
      { profiles: { web: { env: { POD: 'metadata.name' } } } },
      /'\/profiles\/web\/env': got object, want string or array/,
    ],
    ['a number as a mode', { profiles: { web: { 'volume-mode': 420 } } }, /'\/profiles\/web\/volume-mode': got number/],
    [
      'a misspelled word',
      { profiles: { web: { ambassador: 'ture' } } },
      /'\/profiles\/web\/ambassador': value must be on/,
    ],
    [
      'an unknown lock',
      { profiles: { web: { locked: ['evn'] } } },
      /'\/profiles\/web\/locked\/0': value must be one of/,
    ],
    ['text as a profile', { profiles: { web: 'pod' } }, /'\/profiles\/web': got string, want object/],
    [
      'a profile of a namespace that does not exist',
      { profiles, namespaceProfiles: ['wbe'] },
      /namespaceProfiles: Invalid value: "wbe": must be a key of profiles: batch, web/,
    ],
    ['one without any profile', { namespaceProfiles: ['web'] }, /"web": must be a key of profiles: it has none/],
    [
      'the same twice',
      { profiles, namespaceProfiles: ['web', 'web'] },
      /'\/namespaceProfiles': items at 0 and 1 are equa/,
    ],
    [
      'an unknown policy',
      { namespaceProfilesFailurePolicy: 'Warn' },
      /'\/namespaceProfilesFailurePolicy': value must be/,
    ],
    ['a name of a cluster with spaces at the end', { clusterName: 'prod ' }, /'\/clusterName'/],
    [
      'more profiles than fit into a ConfigMap',
      {
        profiles: Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`p${n}`, { env: 'A="x"'.padEnd(1100) }])),
      },
      /profiles: Too long: must have at most 1000000 bytes, because a ConfigMap contains them, but have \d+/,
    ],
  ] as const)
    test(`${name} is rejected by name`, async () => {
      await assert.rejects(renderText(...(await valuesOf(values))), { message: complaint });
    });

  test('of a thousand names with one of 250 KiB are rendered', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`p${n}`, { env: 'pod' }]));
    const long = { env: Array.from({ length: 17_000 }, (_, n) => `VAR_${n}="x"`).join(', ') };
    assert.ok(long.env.length > 230 * 1024);
    const data = only(await renderWith({ profiles: { ...many, long } }), 'ConfigMap').data;
    assert.equal(parse(String(Object.values(data)[0])).profiles.long.env, long.env);
  });
});
