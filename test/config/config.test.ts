import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig, type SettingSources } from '../../src/config/config.ts';
import { environmentName, flagName, settings } from '../../src/config/settings.ts';
import { formatFieldError } from '../../src/diagnostics/field-error.ts';

const parse = (sources: Partial<SettingSources>) =>
  parseConfig({ flags: {}, environment: {}, file: undefined, ...sources });
const file = (content: unknown) => ({ name: 'downlink.yaml', content });

function errorsOf(sources: Partial<SettingSources>): readonly string[] {
  const config = parse(sources);
  assert.ok('errors' in config, 'it was taken');
  return config.errors.map(formatFieldError);
}

test('without settings everything has its default', () => {
  const config = parse({});
  assert.ok(!('errors' in config));
  assert.equal(config.port, 8443);
  assert.equal(config.healthPort, 8080);
  assert.equal(config.onInvalid, 'deny');
  assert.equal(config.kubernetesVersion, undefined);
  assert.deepEqual(config.ambassador.access, ['read-only']);
  assert.equal(config.ambassador.runAsUser, 65532);
});

for (const { name, sources, port } of [
  {
    name: 'the flag before all',
    sources: { flags: { port: '1' }, environment: { DOWNLINK_PORT: '2' }, file: file({ port: 3 }) },
    port: 1,
  },
  {
    name: 'the environment before the file',
    sources: { environment: { DOWNLINK_PORT: '2' }, file: file({ port: 3 }) },
    port: 2,
  },
  { name: 'the file before the default', sources: { file: file({ port: 3 }) }, port: 3 },
  { name: 'the default where the file says null', sources: { file: file({ port: null }) }, port: 8443 },
  { name: 'the default where the file is empty', sources: { file: file(null) }, port: 8443 },
]) {
  test(`a setting comes from ${name}`, () => {
    const config = parse(sources);
    assert.ok(!('errors' in config));
    assert.equal(config.port, port);
  });
}

for (const { sources, error } of [
  {
    sources: { flags: { port: '65536' } },
    error: '--port: Invalid value: "65536": must be a port from 0 to 65535, for example 8443; 0 takes any free one',
  },
  {
    sources: { environment: { DOWNLINK_HEALTH_PORT: 'http' } },
    error:
      'DOWNLINK_HEALTH_PORT: Invalid value: "http": must be a port from 0 to 65535, for example 8443; 0 takes any free one',
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
      'downlink.yaml: ambassador: Forbidden: unknown setting; there are no settings within settings; write ambassadorImage, ambassadorCpu',
  },
  {
    sources: { file: file({ ambassador: 'true' }) },
    error: `downlink.yaml: ambassador: Forbidden: unknown setting; known are ${Object.keys(settings).join(', ')}`,
  },
  {
    sources: { file: file(['port']) },
    error: 'downlink.yaml: Invalid value: must be a map of settings, for example "port: 8443"',
  },
  {
    sources: { flags: { ambassadorRunAsUser: '0' } },
    error:
      '--ambassador-run-as-user: Invalid value: "0": must be a user id from 1 to 2147483647, for example 65532, or "none"',
  },
  {
    sources: { flags: { ambassadorRunAsUser: '2147483648' } },
    error:
      '--ambassador-run-as-user: Invalid value: "2147483648": must be a user id from 1 to 2147483647, for example 65532, or "none"',
  },
  {
    sources: { flags: { certificateMode: 'temporary', tlsCertFile: 'tls.crt', tlsPrivateKeyFile: 'tls.key' } },
    error:
      '--certificate-mode: Invalid value: "temporary": with --tls-cert-file it must be "files"; leave one of the two out',
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
      '--tls-private-key-file: Required value: a certificate and its key come together; for example --tls-private-key-file certs/local/tls.key',
  },
]) {
  test(`is refused: ${error}`, () => assert.deepEqual(errorsOf(sources), [error]));
}

test('of a misspelt setting it is told what is wrong with its value, too', () => {
  assert.deepEqual(errorsOf({ file: file({ onInvald: 'allow' }) }), [
    'downlink.yaml: onInvald: Forbidden: unknown setting; did you mean onInvalid?',
    'downlink.yaml: onInvald: Invalid value: "allow": supported values: "deny", "warn"',
  ]);
});

test('settings of another place stand for what no source has, and are told by its name', () => {
  const nowhere = { flags: {}, environment: {}, file: undefined };
  const ofServer = { name: 'the server', ...nowhere, flags: { kubernetesVersion: '1.36', ambassadorPort: '80' } };
  const others = { name: 'the webhook', ...nowhere, flags: { ambassadorCpu: '70m' }, others: ofServer };
  const config = parse({ others, environment: { DOWNLINK_AMBASSADOR_PORT: '8090' } });
  assert.ok(!('errors' in config));
  assert.deepEqual([config.kubernetesVersion, config.ambassador.cpu], [{ major: 1, minor: 36 }, '70m']);
  assert.equal(config.ambassador.port, 8090);
  assert.deepEqual(errorsOf({ others }), [
    'the webhook: the server: --ambassador-port: Invalid value: "80": must be a port from 1024 to 65535, for example "8001"',
  ]);
});

test('every wrong setting is named at once', () => {
  assert.equal(
    errorsOf({ flags: { port: 'x', onInvalid: 'x' }, environment: { DOWNLINK_SHUTDOWN_DELAY: '-1' } }).length,
    3,
  );
});

test('of very many unknown settings the first are named, and how many more there are', () => {
  const content = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${index}`, 1]));
  const errors = errorsOf({ file: file(content) });
  assert.equal(errors.length, 101);
  assert.equal(errors.at(-1), 'downlink.yaml: Forbidden: and 4900 more unknown settings');
});

test('a list in the file may be written as one', () => {
  const config = parse({ file: file({ ambassadorAccess: ['read-only', 'no-secrets'] }) });
  assert.ok(!('errors' in config));
  assert.deepEqual(config.ambassador.access, ['read-only', 'no-secrets']);
});

test('"none" leaves the user id of the ambassador to the platform', () => {
  const config = parse({ flags: { ambassadorRunAsUser: 'none' } });
  assert.ok(!('errors' in config));
  assert.equal(config.ambassador.runAsUser, undefined);
});

test('flag, environment variable and key of a setting are one name in three spellings', () => {
  for (const [key, setting] of Object.entries(settings)) {
    assert.equal(
      flagName(setting)
        .replace(/^--/, '')
        .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      key,
    );
    assert.equal(environmentName(setting), `DOWNLINK_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`);
  }
});
