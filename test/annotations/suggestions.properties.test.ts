import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { annotationKey, annotationKeys, annotationNames } from '../../src/annotations/annotation-keys.ts';
import { fieldPaths } from '../../src/annotations/downward-source.ts';
import { admissionSources } from '../../src/annotations/env-source.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { Setting } from '../../src/config/setting.ts';
import type { SettingsFile } from '../../src/config/setting-sources.ts';
import { environmentName, flagName, type SettingKey, settingKeys, settings } from '../../src/config/settings.ts';
import { type FieldError, formatFieldError } from '../../src/diagnostics/field-error.ts';
import { emptyFindings } from '../../src/diagnostics/findings.ts';
import { envGroups } from '../../src/injection/env/env-items.ts';
import { readOwnAnnotations } from '../../src/injection/own-annotations.ts';
import { parseAnnotations } from '../../src/injection/parse-annotations.ts';
import { fileGroups } from '../../src/injection/volume/file-items.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { character } from '../injection/arbitrary-pods.ts';

// Every value that a message suggests is valid in the annotation or setting for which it is suggested.

const runs = { numRuns: 1500 };

function parse(annotations: Readonly<Record<string, unknown>>) {
  const findings = emptyFindings();
  parseAnnotations(readOwnAnnotations(annotations, findings), defaultOptions.ambassador, findings);
  return { errors: findings.errors.first, warnings: findings.warnings.first };
}

/** A value that a message suggests, and the annotation that the message names, if it is another one. */
interface Suggestion {
  readonly text: string;
  readonly elsewhere: string | undefined;
}

const string = /(?:"(?:[^"\\]|\\.)*"|'[^']*')/.source;
const quoted = new RegExp(
  `\\b(?:did you mean|write|for example|a right one is|as in) (${string})(?: or (${string}))?(?: in (downlink\\.dev/[\\w-]+))?`,
  'g',
);

function suggestionsOf(detail: string): readonly Suggestion[] {
  return [...detail.matchAll(quoted)].flatMap(([, one = '', other, elsewhere]) =>
    [one, ...(other === undefined ? [] : [other])].map((text) => ({ text: unquoted(text), elsewhere })),
  );
}

/** Returns a suggestion without the quotes around it, which are single ones if it contains double ones. */
function unquoted(text: string): string {
  return text.startsWith("'") ? text.slice(1, -1) : JSON.parse(text);
}

/** Checks the suggestions in the errors of an annotation. */
function checkSuggestions(key: string, value: unknown): void {
  const { errors, warnings } = parse({ [key]: value });
  for (const error of errors) {
    const right = `downlink.dev/${/did you mean downlink\.dev\/([\w-]+)\?/.exec(error.detail)?.[1]}`;
    if (/unknown annotation; did you mean/.test(error.detail)) {
      const others = errors.filter((one) => one !== error);
      assert.deepEqual(parse({ [right]: value }).errors.map(withoutField), others.map(withoutField), 'all at once');
    }
    const move = /move it to (\S+)/.exec(error.detail)?.[1];
    if (move !== undefined) assertRight(move, error.value ?? '', error);
    for (const { text, elsewhere } of suggestionsOf(error.detail)) {
      const nearest = errors.some(({ detail }) => detail.includes('unknown annotation; did you mean'));
      const misspelled = nearest ? /did you mean (\S+)\?/.exec(errors[0]?.detail ?? '')?.[1] : undefined;
      assertRight(elsewhere ?? misspelled ?? key, text, error);
    }
  }
  for (const { detail } of warnings)
    for (const { text } of suggestionsOf(detail)) assert.deepEqual(parse({ [key]: text }).errors, [], detail);
}

function withoutField({ kind, detail }: FieldError): unknown {
  return { kind, detail };
}

function assertRight(key: string, text: string, error: FieldError): void {
  const { errors } = parse({ [key]: text });
  assert.deepEqual(errors.map(formatFieldError), [], `suggested by: ${formatFieldError(error)}`);
}

/** The text with a few letters changed, omitted, doubled, or transposed. */
function misspelled(texts: readonly string[]): fc.Arbitrary<string> {
  const change = fc.tuple(
    fc.nat(60),
    fc.constantFrom('drop', 'double', 'turn', 'upper', 'a', '.', '=', ':', ' ', '/', "'", '"', '\\', '*', '%', '?'),
  );
  return fc.tuple(fc.constantFrom(...texts), fc.array(change, { maxLength: 3 })).map(([text, changes]) =>
    changes.reduce((changed, [at, how]) => {
      const index = at % (changed.length + 1);
      const [head, letter, tail] = [changed.slice(0, index), changed.charAt(index), changed.slice(index + 1)];
      switch (how) {
        case 'drop':
          return head + tail;
        case 'double':
          return head + letter + letter + tail;
        case 'turn':
          return head + tail.charAt(0) + letter + tail.slice(1);
        case 'upper':
          return head + letter.toUpperCase() + tail;
        default:
          return head + how + letter + tail;
      }
    }, text),
  );
}

const sources = [
  ...fieldPaths,
  ...Object.keys(envGroups),
  ...Object.keys(fileGroups),
  ...Object.values(envGroups).flatMap((group) => group.map(({ name }) => name)),
  ...Object.values(fileGroups).flatMap((group) => group.map(({ path }) => path)),
  'limits.cpu',
  'requests.cpu/1m',
  'limits.memory/1Mi',
  'requests.ephemeral-storage/1G',
  'limits.hugepages-2Mi',
  'main:limits.cpu',
  'worker:resources',
  "metadata.labels['app.kubernetes.io/name']",
  "metadata.annotations['example.com/build']",
  `metadata.labels['${'long'.repeat(14)}.example.com/name']`,
  'node.name',
  'deployment.name',
  'metadata.ownerReferences[0].name',
  ...admissionSources,
  'limits.memory*90%',
  'requests.cpu*50%/1m',
  '90% of limits.memory',
  'limits.memory/1Mi*0.9',
  "metadata.labels['app']?",
  'metadata.name?',
  '"text"',
  '"say \\"hi\\" \\\\"',
  '"one" B="two, three"',
  "'text'",
  '"metadata.name"',
];
const words = [
  'pod',
  'node',
  'name',
  'labels',
  'metadata',
  'limits',
  'cpu',
  'deployment',
  'status',
  'ip',
  'uid',
  'MY',
  'a',
];
const item = fc.oneof(
  misspelled(sources),
  fc
    .tuple(misspelled(['NAME', 'podName', 'a/b', '..', 'MY POD', 'x'.repeat(70)]), misspelled(sources))
    .map((parts) => parts.join('=')),
  fc
    .tuple(fc.array(fc.constantFrom(...words), { maxLength: 4 }), fc.constantFrom('.', '_', '-', ' ', '=', ':', '/'))
    .map(([parts, separator]) => parts.join(separator)),
  fc.string({ maxLength: 30, unit: character }),
);
const list = fc
  .tuple(
    fc.array(item, { maxLength: 4 }),
    fc.constantFrom(',', ', ', '\n', ';', ' ', '; ', ' and ', ' | ', '\\n', '", "'),
  )
  .map(([items, separator]) => items.join(separator));
const wrapped = fc
  .tuple(list, fc.constantFrom(['', ''], ['"', '"'], ['["', '"]'], ['- ', ''], ['$(', ')'], ['{{ ', ' }}'], ['{', '}']))
  .map(([text, [before, behind]]) => `${before}${text}${behind}`);
const notText = fc.oneof(
  fc.jsonValue(),
  fc.nat(1000),
  fc.array(item, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('POD', 'podName'), fc.constantFrom(...sources)),
);

describe('every suggestion is valid', () => {
  for (const name of annotationNames) {
    test(`in a message about ${name}`, () => {
      const examples = [
        annotationKeys[name].example,
        'true',
        'yes',
        '0644',
        '8001',
        'read-only;own-namespace',
        'full read-only',
      ];
      const value = fc.oneof(wrapped, misspelled(examples), notText);
      fc.assert(
        fc.property(value, (given) => checkSuggestions(annotationKey(name), given)),
        runs,
      );
    });
  }

  test('in a message about an unknown annotation', () => {
    const names = [...annotationNames, 'port', 'path', 'volumePath', 'image', 'injected', 'stat'];
    fc.assert(
      fc.property(
        misspelled(names),
        fc.oneof(wrapped, misspelled(['true', 'false', '0644', 'pod']), notText),
        (name, value) => checkSuggestions(`downlink.dev/${name}`, value),
      ),
      runs,
    );
  });

  for (const key of settingKeys) {
    test(`in a message about the setting ${key}`, () => {
      const { default: fallback = 'true' }: Setting<unknown> = settings[key];
      const value = misspelled([fallback, 'deny', 'self-signed', 'native', 'read-only', '8001', '1.33']);
      fc.assert(fc.property(value, (text) => checkSetting(key, text)));
    });
  }

  test('in a message about an unknown setting', () => {
    const names = settingKeys.flatMap((key) => [key, flagName(key), environmentName(key)]);
    fc.assert(
      fc.property(
        misspelled([...names, 'image', 'ambassador']),
        fc.constantFrom('8001', 'deny', '1.33', 'x'),
        (name, value) => {
          const file = { name: 'settings.yaml', content: { [name]: value } };
          const errors = errorsOf(file);
          for (const { detail } of errors) {
            const right = /unknown setting; did you mean (\w+)\?/.exec(detail)?.[1];
            if (right === undefined) continue;
            assert.ok(Object.hasOwn(settings, right), detail);
            const mended = errorsOf({ name: 'settings.yaml', content: { [right]: value } });
            const left = mended.filter(({ field }) => field.endsWith(`: ${right}`));
            assert.equal(left.length, errors.length - 1, 'all at once');
          }
        },
      ),
    );
  });
});

function errorsOf(file: SettingsFile): readonly FieldError[] {
  const parsed = parseConfig({ flags: {}, environment: {}, file });
  return parsed.kind === 'invalid' ? parsed.errors : [];
}

/** Checks the suggestions in the message of a wrong setting. */
function checkSetting(key: SettingKey, text: string): void {
  const { parse: read } = settings[key];
  const parsed = read(text);
  const detail = parsed.kind === 'invalid' ? parsed.error.detail : '';
  const unquoted = /for example ([\w.:-]+)/.exec(detail)?.[1];
  for (const right of [
    ...suggestionsOf(detail).map((one) => one.text),
    ...(unquoted === undefined ? [] : [unquoted]),
  ]) {
    assert.equal(read(right).kind, 'valid', `${right}, suggested by: ${detail}`);
  }
}

describe('all suggestions for an annotation are valid together:', () => {
  for (const [name, value] of [
    ['env', "metadata.labels['a/x'], metadata.labels['b/x'], metadata.labels['pod-name'], pod"],
    ['env', 'metadata.labels[x]; X=metadata.name, limits.cpu/1, CPU_LIMIT=metadata.uid'],
    ['volume', "metadata.labels['a/x'], metadata.labels['b/x'], metadata.labels['labels'], labels"],
  ] as const) {
    test(`${name}: ${value}`, () => {
      const { errors } = parse({ [annotationKey(name)]: value });
      const mended = errors.reduce((text, { value: wrong = '', detail }) => {
        const [suggestion] = suggestionsOf(detail);
        assert.ok(suggestion, detail);
        return text.replace(wrong, suggestion.text);
      }, value as string);
      assert.deepEqual(parse({ [annotationKey(name)]: mended }).errors, []);
      const names = mended.split(',').flatMap((one) => (one.includes('=') ? one.split('=')[0]?.trim() : []));
      assert.deepEqual(names, [...new Set(names)], mended);
    });
  }
});
