import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { inject, lint, type ManifestFinding, type ManifestOptions, uninject } from '../../src/index.ts';
import { withOurVersion, withPlaceholder } from '../golden/our-version.ts';
import { validOptions } from './valid-options.ts';

/**
 * The manifests in golden/, each with its results:
 *
 * | file                  | content                                                          | exists                |
 * | .yaml or .json        | the manifest; `# kubernetes-version: 1.33` in it is a setting    | always                |
 * | .injected.yaml, .json | the manifest with everything injected                            | if it differs         |
 * | .uninjected.yaml      | the manifest without what was injected before                    | if it differs         |
 * | .findings.txt         | the findings of lint                                             | if there are any      |
 * | .refused.txt          | why inject cannot edit it                                        | if it cannot          |
 *
 * UPDATE_GOLDEN=1 rewrites all but the first. `(version)` in a status annotation stands for Downlink's version.
 */
const folder = new URL('golden/', import.meta.url);
const files = (await readdir(folder)).sort();
const cases = files.filter((file) => /^[\w-]+\.(?:yaml|json)$/.test(file));
const update = process.env['UPDATE_GOLDEN'] === '1';

describe('manifests', () => {
  for (const file of cases) {
    test(file.replaceAll('-', ' '), async () => {
      const text = withOurVersion(await readFile(new URL(file, folder), 'utf8'));
      const options = optionsOf(text);
      const injected = inject(text, options);
      const uninjected = uninject(text);
      const [linted] = lint([{ name: file, text }], options);
      const findings = linted?.findings ?? [];
      const refused = injected.findings.filter(({ code }) => code === 'not-editable');
      const results = resultsOf(file, {
        injected: injected.text === text ? undefined : injected.text,
        uninjected: uninjected.text === text ? undefined : uninjected.text,
        refused: refused.length === 0 ? undefined : `${refused.map(line).join('\n')}\n`,
        findings: findings.length === 0 ? undefined : `${findings.map(line).join('\n')}\n`,
      });
      for (const [name, content] of results) await check(name, content);
      if (injected.text !== undefined) {
        assert.equal(inject(injected.text, options).text, injected.text, 'injecting again must change nothing');
        if (uninjected.text === text) assert.equal(uninject(injected.text).text, text, 'uninject must reverse it');
      }
    });
  }

  test('every file belongs to a case', () => {
    const known = new Set(cases.flatMap((file) => [file, ...resultsOf(file, {}).map(([name]) => name)]));
    assert.deepEqual(
      files.filter((file) => !known.has(file)),
      [],
    );
  });
});

function resultsOf(
  file: string,
  contents: Readonly<Record<string, string | undefined>>,
): readonly (readonly [name: string, content: string | undefined])[] {
  const [base, ending] = file.split('.');
  return [
    [`${base}.injected.${ending}`, contents['injected']],
    [`${base}.uninjected.${ending}`, contents['uninjected']],
    [`${base}.findings.txt`, contents['findings']],
    [`${base}.refused.txt`, contents['refused']],
  ];
}

async function check(name: string, content: string | undefined): Promise<void> {
  const url = new URL(name, folder);
  if (update) {
    await (content === undefined ? rm(url, { force: true }) : writeFile(url, withPlaceholder(content)));
  } else {
    const expected = files.includes(name) ? withOurVersion(await readFile(url, 'utf8')) : undefined;
    assert.equal(content, expected, name);
  }
}

function optionsOf(text: string): ManifestOptions {
  const kubernetesVersion = /^# kubernetes-version: (.*)$/m.exec(text)?.[1];
  const options = validOptions({ kubernetesVersion }, 'default');
  return options;
}

function line({ severity, object, message, line: row, column }: ManifestFinding): string {
  return `${row}:${column}: ${severity}: ${object === undefined ? '' : `${object}: `}${message}`;
}
