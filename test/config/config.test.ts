import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, parseConfig, parseInjectionConfig } from '../../src/config/config.ts';
import type { SettingSources } from '../../src/config/setting-sources.ts';
import { environmentName, flagName, settingKeys } from '../../src/config/settings.ts';
import { formatFieldError } from '../../src/diagnostics/field-error.ts';

const parse = (sources: Partial<SettingSources>) =>
  parseConfig({ flags: {}, environment: {}, file: undefined, ...sources });
const file = (content: unknown) => ({ name: 'downlink.yaml', content });

function errorsOf(sources: Partial<SettingSources>): readonly string[] {
  const parsed = parse(sources);
  assert.equal(parsed.kind, 'invalid');
  return parsed.errors.map(formatFieldError);
}

function configOf(sources: Partial<SettingSources>): Config {
  const parsed = parse(sources);
  assert.equal(parsed.kind, 'valid');
  return parsed.config;
}

test('without any settings, everything has its default', () => {
  const config = configOf({});
  assert.equal(config.port, 8443);
  assert.equal(config.healthPort, 8080);
  assert.equal(config.onInvalid, 'deny');
  assert.equal(config.kubernetesVersion, undefined);
  assert.deepEqual(config.ambassador.access, ['read-only']);
  assert.equal(config.ambassador.runAsUser, 65532);
});

for (const { name, sources, port } of [
  {
    name: 'that of the flag first',
    sources: { flags: { port: '1' }, environment: { DOWNLINK_PORT: '2' }, file: file({ port: 3 }) },
    port: 1,
  },
  {
    name: 'that of the environment before that of the file',
    sources: { environment: { DOWNLINK_PORT: '2' }, file: file({ port: 3 }) },
    port: 2,
  },
  { name: 'that of the file before the default', sources: { file: file({ port: 3 }) }, port: 3 },
  { name: 'the default if it is null in the file', sources: { file: file({ port: null }) }, port: 8443 },
  { name: 'the default if the file is empty', sources: { file: file(null) }, port: 8443 },
]) {
  test(`the value of a setting is ${name}`, () => {
    const config = configOf(sources);
    assert.equal(config.port, port);
  });
}

for (const { sources, error } of [
  {
    sources: { flags: { port: '65536' } },
    error: '--port: Invalid value: "65536": must be a port from 0 to 65535, for example 8443; 0 selects a free port',
  },
  {
    sources: { environment: { DOWNLINK_HEALTH_PORT: 'http' } },
    error:
      'DOWNLINK_HEALTH_PORT: Invalid value: "http": must be a port from 0 to 65535, for example 8443; 0 selects a free port',
  },
  {
    sources: { file: file({ kubernetesVersion: 'latest' }) },
    error: 'downlink.yaml: kubernetesVersion: Invalid value: "latest": must be a Kubernetes version, for example 1.33',
  },
  {
    sources: { file: file({ onInvalid: 'allow' }) },
    error: 'downlink.yaml: onInvalid: Invalid value: "allow": supported values: "deny", "warn"',
  },
  {
    sources: { file: file({ ambassadorPort: [8001] }) },
    error:
      'downlink.yaml: ambassadorPort: Invalid value: "[8001]": must be a port from 1024 to 65535, for example "8001"',
  },
  {
    sources: { file: file({ helthPort: 1 }) },
    error: 'downlink.yaml: helthPort: Forbidden: unknown setting; did you mean healthPort?',
  },
  {
    sources: { file: file({ 'ambassador-image': 'x' }) },
    error: 'downlink.yaml: ambassador-image: Forbidden: unknown setting; did you mean ambassadorImage?',
  },
  {
    sources: { file: file({ DOWNLINK_AMBASSADOR_IMAGE: 'x' }) },
    error: 'downlink.yaml: DOWNLINK_AMBASSADOR_IMAGE: Forbidden: unknown setting; did you mean ambassadorImage?',
  },
  {
    sources: { file: file({ ambassador: { image: 'x', cpu: '1', colour: 'red' } }) },
    error:
      'downlink.yaml: ambassador: Forbidden: unknown setting; settings cannot be nested; write ambassadorImage, ambassadorCpu',
  },
  {
    sources: { file: file({ ambassador: 'true' }) },
    error: `downlink.yaml: ambassador: Forbidden: unknown setting; known settings: ${settingKeys.join(', ')}, profiles`,
  },
  {
    sources: { file: file(['port']) },
    error: 'downlink.yaml: Invalid value: must be a map of settings, for example "port: 8443"',
  },
  {
    sources: { flags: { ambassadorRunAsUser: '0' } },
    error:
      '--ambassador-run-as-user: Invalid value: "0": must be a user ID from 1 to 2147483647, for example 65532, or "none"',
  },
  {
    sources: { flags: { ambassadorRunAsUser: '2147483648' } },
    error:
      '--ambassador-run-as-user: Invalid value: "2147483648": must be a user ID from 1 to 2147483647, for example 65532, or "none"',
  },
  {
    sources: { flags: { certificateMode: 'temporary', tlsCertFile: 'tls.crt', tlsPrivateKeyFile: 'tls.key' } },
    error:
      '--certificate-mode: Invalid value: "temporary": must be "files" if --tls-cert-file is set; remove one of the two',
  },
  {
    sources: { file: file({ ambassadorAccess: ['read-only', 'some'] }) },
    error:
      'downlink.yaml: ambassadorAccess: Invalid value: "read-only, some": supported values: "read-only", "own-namespace", "no-secrets", "full"',
  },
  {
    sources: { flags: { ambassadorAccess: 'full, read-only' } },
    error:
      '--ambassador-access: Invalid value: "full, read-only": "full" cannot be combined; write "full" or "read-only"',
  },
  {
    sources: { flags: { tlsCertFile: 'tls.crt' } },
    error:
      '--tls-private-key-file: Required value: a certificate and its private key must be set together; for example --tls-private-key-file certs/local/tls.key',
  },
]) {
  test(`a wrong setting is an error: ${error}`, () => assert.deepEqual(errorsOf(sources), [error]));
}

test('a misspelled setting with a wrong value has two errors', () => {
  assert.deepEqual(errorsOf({ file: file({ onInvald: 'allow' }) }), [
    'downlink.yaml: onInvald: Forbidden: unknown setting; did you mean onInvalid?',
    'downlink.yaml: onInvald: Invalid value: "allow": supported values: "deny", "warn"',
  ]);
});

test('other sources provide what the first ones do not set, and errors name them', () => {
  const nowhere = { flags: {}, environment: {}, file: undefined };
  const ofServer = { name: 'the server', ...nowhere, flags: { kubernetesVersion: '1.36', ambassadorPort: '80' } };
  const others = { name: 'the webhook', ...nowhere, flags: { ambassadorCpu: '70m' }, others: ofServer };
  const config = configOf({ others, environment: { DOWNLINK_AMBASSADOR_PORT: '8090' } });
  assert.deepEqual([config.kubernetesVersion, config.ambassador.cpu], [{ major: 1, minor: 36 }, '70m']);
  assert.equal(config.ambassador.port, 8090);
  assert.deepEqual(errorsOf({ others }), [
    'the webhook: the server: --ambassador-port: Invalid value: "80": must be a port from 1024 to 65535, for example "8001"',
  ]);
});

test('all wrong settings are reported at once', () => {
  assert.equal(
    errorsOf({ flags: { port: 'x', onInvalid: 'x' }, environment: { DOWNLINK_SHUTDOWN_DELAY: '-1' } }).length,
    3,
  );
});

test('the known settings are listed once, at the first unknown setting without a suggestion', () => {
  assert.deepEqual(errorsOf({ file: file({ prt: 1, replicas: 2, webhook: {} }) }), [
    'downlink.yaml: prt: Forbidden: unknown setting; did you mean port?',
    `downlink.yaml: replicas: Forbidden: unknown setting; known settings: ${settingKeys.join(', ')}, profiles`,
    'downlink.yaml: webhook: Forbidden: unknown setting',
  ]);
});

test('a hundred unknown settings are listed, and the others are counted', () => {
  const content = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${index}`, 1]));
  const errors = errorsOf({ file: file(content) });
  assert.equal(errors.length, 101);
  assert.equal(errors.at(-1), 'downlink.yaml: Forbidden: and 4900 more unknown settings');
});

test('a list in the file can be a YAML list', () => {
  const config = configOf({ file: file({ ambassadorAccess: ['read-only', 'no-secrets'] }) });
  assert.deepEqual(config.ambassador.access, ['read-only', 'no-secrets']);
});

for (const { settings, error } of [
  {
    settings: { ambassadorNamespaces: 'shop, *-team' },
    error:
      'ambassadorNamespaces: Invalid value: "shop, *-team": must be names of namespaces, each with "*" at the end or without, for example "shop, team-*"; "*-team" is none',
  },
  {
    settings: { ambassadorNamespaces: [] },
    error:
      'ambassadorNamespaces: Invalid value: "": must be names of namespaces, each with "*" at the end or without, for example "shop, team-*"',
  },
  {
    settings: { ambassadorAllowedAccess: 'readonly' },
    error:
      'ambassadorAllowedAccess: Invalid value: "readonly": supported values: "read-only", "own-namespace", "no-secrets", "full"; did you mean "read-only"?',
  },
  {
    settings: { ambassadorAllowedImages: 'registry.example.com' },
    error:
      'ambassadorAllowedImages: Invalid value: "registry.example.com": must be prefixes of images that end with "/", ":", or "@"; write "registry.example.com/" for "registry.example.com"',
  },
  {
    settings: { ambassadorAllowedImages: ['registry.example.com/', 'registry.example.com/kubectl:v1.36'] },
    error:
      'ambassadorAllowedImages: Invalid value: "registry.example.com/, registry.example.com/kubectl:v1.36": must be prefixes of images that end with "/", ":", or "@"; write "registry.example.com/kubectl:" for "registry.example.com/kubectl:v1.36"',
  },
  {
    settings: { ambassadorAllowedImages: 'localhost:5000' },
    error:
      'ambassadorAllowedImages: Invalid value: "localhost:5000": must be prefixes of images that end with "/", ":", or "@"; write "localhost:5000/" for "localhost:5000"',
  },
  {
    settings: { ambassadorAllowedImages: 'https://registry.example.com/' },
    error:
      'ambassadorAllowedImages: Invalid value: "https://registry.example.com/": must be prefixes of images that end with "/", ":", or "@", for example "registry.example.com/"',
  },
  {
    settings: { ambassadorPullSecrets: 'Regcred' },
    error:
      'ambassadorPullSecrets: Invalid value: "Regcred": must be names of Secrets, for example "registry-credentials"',
  },
]) {
  test(`${JSON.stringify(settings)} is an error that shows a right value`, () => {
    assert.deepEqual(errorsOf({ file: file(settings) }), [`downlink.yaml: ${error}`]);
  });
}

test('a default access preset that is not allowed is an error, for the server and offline', () => {
  const expected =
    '--ambassador-access: Invalid value: "full": it is the default, but --ambassador-allowed-access allows only "read-only", "own-namespace"; choose one of these as the default, or allow it';
  const flags = { ambassadorAccess: 'full', ambassadorAllowedAccess: 'own-namespace, read-only' };
  assert.deepEqual(errorsOf({ flags }), [expected]);
  const offline = parseInjectionConfig({ flags, environment: {}, file: undefined });
  assert.deepEqual(offline.kind === 'invalid' && offline.errors.map(formatFieldError), [expected]);
  assert.deepEqual(errorsOf({ flags: { ambassadorAllowedAccess: 'full' } }), [
    '--ambassador-access: Invalid value: "read-only": it is the default, but --ambassador-allowed-access allows only "full"; choose one of these as the default, or allow it',
  ]);
});

test('a default access preset that is not enough, and a required one that is not allowed, are errors', () => {
  assert.deepEqual(errorsOf({ flags: { ambassadorRequiredAccess: 'no-secrets' } }), [
    '--ambassador-access: Invalid value: "read-only": it is the default, but --ambassador-required-access requires "no-secrets"; write "read-only, no-secrets"',
  ]);
  const flags = { ambassadorAllowedAccess: 'read-only', ambassadorRequiredAccess: 'own-namespace, read-only' };
  assert.deepEqual(errorsOf({ flags: { ...flags, ambassadorAccess: 'read-only, own-namespace' } }), [
    '--ambassador-access: Invalid value: "own-namespace": it is the default, but --ambassador-allowed-access allows only "read-only"; choose one of these as the default, or allow it',
    '--ambassador-required-access: Invalid value: "own-namespace": --ambassador-allowed-access allows only "read-only"; allow it as well',
  ]);
  assert.deepEqual(errorsOf({ flags: { ambassadorRequiredAccess: 'full' } }), [
    '--ambassador-required-access: Invalid value: "full": supported values: "read-only", "own-namespace", "no-secrets"',
  ]);
  assert.deepEqual(configOf({ flags: { ambassadorRequiredAccess: 'read-only' } }).ambassador.policy.requiredAccess, [
    'read-only',
  ]);
});

test('the policy of the ambassador allows everything if it is not set', () => {
  const { policy } = configOf({}).ambassador;
  assert.deepEqual(policy, {
    namespaces: undefined,
    access: undefined,
    requiredAccess: [],
    images: undefined,
    pullSecrets: [],
  });
});

test('"none" leaves the user ID of the ambassador to the platform', () => {
  const config = configOf({ flags: { ambassadorRunAsUser: 'none' } });
  assert.equal(config.ambassador.runAsUser, undefined);
});

test('the flag and the environment variable of a setting follow from its key', () => {
  assert.equal(flagName('port'), '--port');
  assert.equal(flagName('tlsPrivateKeyFile'), '--tls-private-key-file');
  assert.equal(environmentName('port'), 'DOWNLINK_PORT');
  assert.equal(environmentName('ambassadorRunAsUser'), 'DOWNLINK_AMBASSADOR_RUN_AS_USER');
  for (const key of settingKeys) {
    const camelCase = flagName(key)
      .replace(/^--/, '')
      .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()); // as commander names the option
    assert.equal(camelCase, key);
  }
});
