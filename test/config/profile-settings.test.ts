import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseConfig, parseInjectionConfig } from '../../src/config/config.ts';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { formatFieldError } from '../../src/diagnostics/field-error.ts';
import type { Profiles } from '../../src/injection/profile.ts';
import { bareEnvironment } from '../support/bare-environment.ts';

async function parse(text: string) {
  const file = { name: 'downlink.yaml', content: await parseSettings(text) };
  return parseConfig({ flags: {}, environment: {}, file });
}

async function errorsOf(text: string): Promise<readonly string[]> {
  const parsed = await parse(text);
  return parsed.kind === 'invalid' ? parsed.errors.map(formatFieldError) : [];
}

async function profilesOf(text: string): Promise<Profiles> {
  const parsed = await parse(text);
  if (parsed.kind === 'invalid') return assert.fail(parsed.errors.map(formatFieldError).join('\n'));
  return parsed.config.profiles;
}

const keys =
  'env, volume, volume-path, volume-mode, ambassador, ambassador-port, ambassador-access, ambassador-image, ambassador-cpu, ambassador-memory, ambassador-sidecar, ambassador-kubeconfig';
const dnsLabel =
  'the name must consist of at most 63 lowercase letters, digits, and "-", and start and end with a letter or digit';
const mapOfProfiles = 'must be a map from names to profiles, for example "web: {env: pod}"';
const mapOfAnnotations = 'must be a map of annotations without their prefix, for example "env: pod"';
const texts = `must be text or a list of texts, for example "pod, TEAM=metadata.labels['team'], limits.memory"`;
const locks = 'must be text or a list of texts, for example "ambassador-access, ambassador-image"';
const name64 = 'a'.repeat(64);

interface Mistake {
  readonly name: string;
  /** The settings file. */
  readonly text: string;
  /** Every error, without the name of the file. */
  readonly errors: readonly string[];
}

/** Returns a mistake in a profile `web`, whose content is flow YAML; the error lacks `profiles.web`. */
const inWeb = (name: string, content: string, error: string): Mistake => ({
  name,
  text: `profiles: {web: ${content}}`,
  errors: [`profiles.web${error}`],
});

const mistakes: readonly Mistake[] = [
  ...['[]', 'x', '5', 'true'].map((text) => ({
    name: `profiles that are ${text}`,
    text: `profiles: ${text}`,
    errors: [`profiles: Invalid value: ${mapOfProfiles}`],
  })),
  ...['[pod]', 'env', '5', 'null'].map((text) =>
    inWeb(`a profile that is ${text}`, text, `: Invalid value: ${mapOfAnnotations}`),
  ),
  ...['Web', 'web_1', '-web', 'web-', 'team/web', '__proto__', 'wéb', name64, ''].map((profile) => ({
    name: `the name ${JSON.stringify(profile)}`,
    text: `profiles: {${JSON.stringify(profile)}: {env: pod}}`,
    errors: [`profiles.${profile}: Invalid value: "${profile}": ${dnsLabel}`],
  })),
  inWeb('a misspelled key', '{evn: pod}', '.evn: Forbidden: unknown key of a profile; did you mean env?'),
  inWeb(
    'a key that is near to none',
    '{replicas: "3"}',
    `.replicas: Forbidden: unknown key of a profile; known keys: ${keys}, description, locked`,
  ),
  inWeb(
    'a key with the prefix',
    '{downlink.dev/env: pod}',
    '.downlink.dev/env: Forbidden: unknown key of a profile; did you mean env?',
  ),
  inWeb(
    'the key __proto__',
    '{__proto__: {env: pod}}',
    `.__proto__: Forbidden: unknown key of a profile; known keys: ${keys}, description, locked`,
  ),
  ...['', 'downlink.dev/'].flatMap((prefix) => [
    inWeb(
      `the key ${prefix}containers`,
      `{${prefix}containers: main}`,
      `.${prefix}containers: Forbidden: the names of containers differ from pod to pod, so only a pod can have this annotation`,
    ),
    inWeb(
      `the key ${prefix}inject`,
      `{${prefix}inject: "false"}`,
      `.${prefix}inject: Forbidden: only a pod can opt out; to inject nothing, remove the profile`,
    ),
    inWeb(
      `the key ${prefix}profile`,
      `{${prefix}profile: base}`,
      `.${prefix}profile: Forbidden: profiles cannot include others; a pod can name several, for example "web, datadog"`,
    ),
    inWeb(`the key ${prefix}status`, `{${prefix}status: "{}"}`, `.${prefix}status: Forbidden: Downlink writes it`),
    inWeb(
      `the key ${prefix}kubeconfig`,
      `{${prefix}kubeconfig: "true"}`,
      `.${prefix}kubeconfig: Forbidden: Downlink writes it; set ambassador-kubeconfig to "true"`,
    ),
  ]),
  inWeb(
    'a key without a value',
    '{env: }',
    `.env: Required value: it has no value; remove the key, or write for example "pod, TEAM=metadata.labels['team'], limits.memory"`,
  ),
  inWeb(
    'a lock without a value',
    '{locked: }',
    '.locked: Required value: it has no value; remove the key, or write for example "ambassador-access, ambassador-image"',
  ),
  inWeb(
    'a map as env',
    '{env: {POD: metadata.name}}',
    `.env: Invalid value: "{\\"POD\\":\\"metadata.name\\"}": ${texts}`,
  ),
  inWeb(
    'variables as in a container',
    '{env: [{name: POD}]}',
    `.env: Invalid value: "[{\\"name\\":\\"POD\\"}]": ${texts}`,
  ),
  inWeb(
    'a map as a description',
    '{description: {en: hello}}',
    '.description: Invalid value: "{\\"en\\":\\"hello\\"}": must be text or a list of texts, for example "what every web service gets"',
  ),
  inWeb('a lock as a map', '{locked: {env: true}}', `.locked: Invalid value: "{\\"env\\":true}": ${locks}`),
  inWeb('a lock that is no text', '{locked: [env, true]}', `.locked: Invalid value: "[\\"env\\",true]": ${locks}`),
  inWeb('a misspelled lock', '{locked: [evn]}', '.locked: Unsupported value: "evn": did you mean "env"?'),
  inWeb('a lock of everything', '{locked: true}', `.locked: Unsupported value: "true": supported values: ${keys}`),
  inWeb(
    'a lock of containers',
    '{locked: [containers]}',
    `.locked: Unsupported value: "containers": supported values: ${keys}`,
  ),
  inWeb(
    'a misspelled source',
    '{env: [POD=metadata.nam]}',
    '.env: Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?',
  ),
  inWeb(
    'a mode that is no octal number',
    '{volume-mode: 0999}',
    '.volume-mode: Invalid value: "0999": must be octal, from 0000 to 0777; for example "0444"',
  ),
  inWeb(
    'the word for true of another language',
    '{ambassador: yes}',
    '.ambassador: Unsupported value: "yes": supported values: "true", "false"; did you mean "true"?',
  ),
  inWeb(
    'the name of the cluster without one in the settings',
    '{env: cluster.name}',
    '.env: Invalid value: "cluster.name": the settings have no name of the cluster; set clusterName, for example to "prod-eu"',
  ),
  inWeb(
    'one NAME with two sources',
    '{env: "A=metadata.name, A=metadata.uid, A=spec.nodeName"}',
    '.env: Duplicate value: "A": it is requested as "metadata.name" and as "metadata.uid"; give one of them another NAME',
  ),
  inWeb(
    'a NAME of a group with another source',
    '{env: "pod, POD_NAME=metadata.uid"}',
    '.env: Duplicate value: "POD_NAME": it is requested as "metadata.name" and as "metadata.uid"; give one of them another NAME',
  ),
  inWeb(
    'one path with two sources',
    '{volume: "x=metadata.name, x=metadata.uid"}',
    '.volume: Duplicate value: "x": it is requested as "metadata.name" and as "metadata.uid"; give one of them another path',
  ),
  inWeb(
    'one path with the resources of two containers',
    '{volume: "x=main:limits.cpu, x=worker:limits.cpu"}',
    '.volume: Duplicate value: "x": it is requested as "main:limits.cpu" and as "worker:limits.cpu"; give one of them another path',
  ),
  inWeb(
    'a file that is also a directory',
    '{volume: "a=metadata.name, a/b=metadata.uid"}',
    '.volume: Invalid value: "a": it is also the directory of "a/b"; give one of them another path',
  ),
  inWeb(
    'a volume where Kubernetes mounts something',
    '{volume: labels, volume-path: /etc/}',
    '.volume-path: Invalid value: "/etc": it would hide /etc/hosts and /etc/resolv.conf, which Kubernetes mounts; write another path, for example "/etc/podinfo"',
  ),
  inWeb(
    'a volume where the kubeconfig is',
    '{volume: labels, volume-path: /etc/downlink/a, ambassador: true, ambassador-kubeconfig: true}',
    '.volume-path: Invalid value: "/etc/downlink/a": downlink.dev/ambassador-kubeconfig mounts the kubeconfig at /etc/downlink; write another path, for example "/etc/downward"',
  ),
  {
    name: 'an access preset that the policy does not allow',
    text: 'ambassadorAllowedAccess: read-only\nprofiles: {web: {ambassador-access: "own-namespace, read-only"}}',
    errors: ['profiles.web.ambassador-access: Invalid value: "own-namespace": this cluster allows "read-only"'],
  },
  {
    name: 'less than the access presets that the policy requires',
    text: 'ambassadorRequiredAccess: read-only\nprofiles: {web: {ambassador-access: own-namespace}}',
    errors: [
      'profiles.web.ambassador-access: Invalid value: "own-namespace": this cluster requires "read-only"; write "read-only, own-namespace"',
    ],
  },
  {
    name: 'an image that the policy does not allow',
    text: 'ambassadorImage: r.example.com/kubectl:v1\nambassadorAllowedImages: r.example.com/\nprofiles: {web: {ambassador-image: "docker.io/kubectl:v1"}}',
    errors: [
      'profiles.web.ambassador-image: Invalid value: "docker.io/kubectl:v1": this cluster allows "r.example.com/kubectl:v1", and images that begin with "r.example.com/"',
    ],
  },
  {
    name: 'mistakes in several profiles and settings',
    text: 'clusterNam: x\nprofiles: {web: {evn: pod}, batch: {locked: [x]}}',
    errors: [
      'clusterNam: Forbidden: unknown setting; did you mean clusterName?',
      'profiles.web.evn: Forbidden: unknown key of a profile; did you mean env?',
      `profiles.batch.locked: Unsupported value: "x": supported values: ${keys}`,
    ],
  },
];

describe('a settings file with', () => {
  for (const { name, text, errors } of mistakes) {
    test(`${name} is rejected, and the message names profile, key, and what is right`, async () => {
      assert.deepEqual(
        await errorsOf(text),
        errors.map((error) => `downlink.yaml: ${error}`),
      );
    });
  }
});

describe('a profile', () => {
  test('can be null, absent, or empty, and can have only a description', async () => {
    for (const text of ['profiles: null', 'profiles:', 'profiles: {}', '{}', '']) {
      assert.equal((await profilesOf(text)).size, 0, text);
    }
    const profiles = await profilesOf('profiles: {none: {}, described: {description: what is to come}}');
    assert.deepEqual([...profiles.keys()], ['none', 'described']);
    assert.equal(profiles.get('described')?.description, 'what is to come');
    for (const { env, files, values } of profiles.values())
      assert.deepEqual([env, files, values.size], [undefined, undefined, 0]);
  });

  test('can have a name of 63 characters, and one that is a member of every object', async () => {
    const names = ['a'.repeat(63), 'constructor', '0'];
    const profiles = await profilesOf(`profiles: {${names.map((name) => `"${name}": {env: pod}`).join(', ')}}`);
    assert.deepEqual([...profiles.keys()].sort(), [...names].sort());
  });

  test('means the same with lists, numbers, and booleans as with text', async () => {
    const profiles = await profilesOf(`profiles:
  plain:
    env: [pod, 'TEXT="a, b"']
    volume: true
    volume-mode: 0644
    ambassador: true
    ambassador-port: 8001
    ambassador-cpu: 0.5
    locked: env, volume-mode
  quoted:
    env: 'pod, TEXT="a, b"'
    volume: "true"
    volume-mode: "0644"
    ambassador: "true"
    ambassador-port: "8001"
    ambassador-cpu: "0.5"
    locked: [volume-mode, env]
`);
    const [plain, quoted] = [...profiles.values()];
    assert.equal(plain?.hash, quoted?.hash);
    assert.deepEqual(plain?.values, quoted?.values);
    assert.equal(plain?.values.get('volume-mode'), '0644');
    assert.equal(plain?.env?.at(-1)?.name, 'TEXT');
  });

  test('can take over another one with a merge key', async () => {
    const profiles = await profilesOf(
      'profiles:\n  web: &web {env: pod, volume: labels}\n  api: {<<: *web, volume: annotations}\n',
    );
    assert.deepEqual(
      profiles.get('api')?.env?.map(({ name }) => name),
      profiles.get('web')?.env?.map(({ name }) => name),
    );
    assert.deepEqual(
      profiles.get('api')?.files?.map(({ path }) => path),
      ['annotations'],
    );
  });

  test('can request the same twice, and files that only a pod shows to be different', async () => {
    const profiles = await profilesOf(`profiles:
  web:
    env: pod, POD_NAME=metadata.name, CPU=limits.cpu, CPU=limits.cpu/1
    volume: x=limits.cpu, x=main:limits.cpu, y=metadata.labels['a']?, y=metadata.labels['b']
`);
    assert.equal(profiles.size, 1);
  });

  test('can request what the policy allows', async () => {
    const profiles = await profilesOf(`ambassadorImage: r.example.com/kubectl:v1
ambassadorAllowedAccess: read-only, own-namespace
ambassadorRequiredAccess: read-only
ambassadorAllowedImages: mirror.example.com/
profiles:
  web: {ambassador-access: "own-namespace, read-only", ambassador-image: "mirror.example.com/kubectl:v1"}
  same: {ambassador-image: "r.example.com/kubectl:v1"}
`);
    assert.equal(profiles.size, 2);
  });
});

describe('the number of', () => {
  const many = (count: number, profile: object) =>
    JSON.stringify({ profiles: Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, profile])) });

  test('profiles is at most a thousand', async () => {
    assert.equal((await profilesOf(many(1000, { env: 'pod' }))).size, 1000);
    assert.deepEqual(await errorsOf(many(1001, { env: 'pod' })), [
      'downlink.yaml: profiles: Too long: must have at most 1000 profiles, but has 1001',
    ]);
  });

  test('errors that are shown is bounded, and the others are counted', async () => {
    const errors = await errorsOf(many(1000, { evn: 'pod', env: 'nam' }));
    assert.equal(errors.length, 101);
    assert.equal(errors.at(-1), 'downlink.yaml: profiles: Invalid value: and 1900 more errors');
  });

  test('items in a profile of 250 KiB is the same as in an annotation', async () => {
    const env = Array.from({ length: 17_000 }, (_, n) => `VAR_${n}="x"`).join(', ');
    assert.ok(env.length > 230 * 1024);
    assert.deepEqual(await errorsOf(JSON.stringify({ profiles: { web: { env } } })), [
      'downlink.yaml: profiles.web.env: Too long: must have at most 1000 items, but has 17000',
    ]);
    const text = 'x'.repeat(250 * 1024);
    assert.equal((await profilesOf(JSON.stringify({ profiles: { web: { env: `A="${text}"` } } }))).size, 1);
  });
});

test('the commands without a server reject the same profiles', async () => {
  const file = {
    name: 'a.yaml',
    content: { ambassadorAllowedAccess: 'read-only', profiles: { web: { 'ambassador-access': 'full' } } },
  };
  const parsed = parseInjectionConfig({ flags: {}, environment: {}, file });
  assert.ok(parsed.kind === 'invalid');
  assert.deepEqual(
    parsed.errors.map(({ field }) => field),
    ['a.yaml: profiles.web.ambassador-access'],
  );
});

test('the server does not start with such a profile, and exits with code 2', () => {
  const folder = mkdtempSync(join(tmpdir(), 'downlink-profile-'));
  try {
    const file = join(folder, 'settings.yaml');
    writeFileSync(file, 'profiles:\n  web:\n    env: A=metadata.name, A=metadata.uid\n');
    const main = join(import.meta.dirname, '../../src/main.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'serve', '--config', file], {
      encoding: 'utf8',
      env: bareEnvironment,
      timeout: 60_000,
    });
    const message =
      'profiles.web.env: Duplicate value: "A": it is requested as "metadata.name" and as "metadata.uid"; give one of them another NAME';
    assert.deepEqual([status, stdout, stderr], [2, '', `downlink: ${file}: ${message}\n`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
