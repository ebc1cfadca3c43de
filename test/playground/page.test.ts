import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { lint, manifestOptions } from '../../src/index.ts';
import { axeFile, openPlayground, pageFile, startBrowser } from './browser.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const mistaken = `apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations:
    downlink.dev/env: pod, POD=metadata.nam
spec:
  containers:
    - name: main
      image: busybox
`;

/** Replaces the text of the manifest as a paste does. */
async function paste(page: Page, text: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'Manifest' });
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.evaluate((pasted) => {
    const data = new DataTransfer();
    data.setData('text/plain', pasted);
    document.activeElement?.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    );
  }, text);
}

const status = (page: Page, text: string | RegExp) => page.locator('#status', { hasText: text }).waitFor();
const preview = (page: Page) => page.locator('#annotations-preview').textContent();
const manifestText = (page: Page) => page.locator('#manifest-panel .cm-content').innerText();

/** Returns the violations that axe finds, each with its places. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(readFileSync(axeFile, 'utf8')); // the policy of the page does not apply to what the debugger evaluates
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: AxeViolation[] }> } };
    const found = await axe.run();
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  });
}

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

test('the page is one file of less than 400 kB compressed, which forbids connections', () => {
  const html = readFileSync(pageFile);
  assert(gzipSync(html).length < 400_000, `${gzipSync(html).length} bytes`);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html.toString('utf8'))?.[1] ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'sha256-[^']+';/);
  assert.doesNotMatch(policy, /connect-src/);
});

test('the page opens with an example from a disk, without a request or an error', async () => {
  const { page, problems } = await openPlayground(browser);
  assert.equal(await page.locator('#status').textContent(), 'Deployment/shop gets 2 variables.');
  assert.match(await page.locator('#result-panel').innerText(), /downlink\.dev\/status/);
  await page.getByRole('tab', { name: 'Diff' }).click();
  assert.match(await page.locator('#diff-panel').innerText(), /\+\s+- name: POD_NAME/);
  await page.getByRole('tab', { name: 'Explain' }).click();
  assert.match(
    await page.locator('#explain-panel').innerText(),
    /NODE_NAME\s+spec\.nodeName\s+known when the pod runs/,
  );
  assert.deepEqual(problems, []);
});

test('the page works at any path of a web server', async () => {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(readFileSync(pageFile));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const { page, problems } = await openPlayground(browser, { url: `http://127.0.0.1:${port}/some/path/` });
  await page.getByRole('checkbox', { name: 'POD_IP' }).check();
  await status(page, 'Deployment/shop gets 3 variables.');
  assert.deepEqual(problems, []);
  server.close();
  server.closeAllConnections();
});

test('typing changes the result', async () => {
  const { page, problems } = await openPlayground(browser);
  await page.locator('#manifest-panel .cm-line', { hasText: 'metadata.name, spec.nodeName' }).click();
  await page.keyboard.press('End');
  await page.keyboard.type(', status.podIP');
  await status(page, 'Deployment/shop gets 3 variables.');
  assert(await page.getByRole('checkbox', { name: 'POD_IP' }).isChecked());
  assert.deepEqual(problems, []);
});

test('a mistake is underlined at its place and listed in the words of lint', async () => {
  const { page } = await openPlayground(browser);
  await paste(page, mistaken);
  await status(page, /^1 mistake: the webhook would reject this\. Line \d+: Invalid value: /);
  assert.equal(await page.locator('.cm-lintRange-error').innerText(), 'POD=metadata.nam');
  await page.getByRole('tab', { name: /Findings/ }).click();
  const parsed = manifestOptions({ kubernetesVersion: '1.37' });
  assert(parsed.kind === 'valid');
  const [finding] = lint([{ name: 'manifest', text: mistaken }], parsed.options)[0]?.findings ?? [];
  assert(finding !== undefined);
  const row = page.locator('.finding');
  assert.equal(await row.locator('.message').innerText(), `${finding.object}: ${finding.message}`);
  assert.equal(await row.locator('.place').innerText(), `Line ${finding.line}`);
  await row.click();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Manifest');
});

test('the builder writes three variables, a file, and the ambassador, which can be copied', async () => {
  const { page, problems } = await openPlayground(browser, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('checkbox', { name: 'POD_IP' }).check();
  await page.getByRole('checkbox', { name: 'Labels of the pod' }).check();
  await page.getByRole('checkbox', { name: 'API proxy: kubectl proxy on localhost' }).check();
  await status(page, 'Deployment/shop gets 3 variables, 1 file, and the ambassador.');
  const lines = ['env: metadata.name, spec.nodeName, status.podIP', 'volume: labels', 'ambassador: "true"'];
  const expected = `annotations:\n${lines.map((line) => `  downlink.dev/${line}\n`).join('')}`;
  assert.equal(await preview(page), expected);
  await page.getByRole('button', { name: 'Copy annotations' }).click();
  await page.getByText('Annotations copied.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), expected);
  const manifest = await manifestText(page);
  for (const line of lines) assert(manifest.includes(`downlink.dev/${line}`), manifest);
  assert.deepEqual(problems, []);
});

test('no tick is lost, however quickly they follow', async () => {
  const { page } = await openPlayground(browser);
  await page.evaluate(() => {
    for (const id of ['env:status.podIP', 'env:metadata.uid', 'volume:labels', 'volume:annotations', 'ambassador'])
      document.getElementById(id)?.click();
  });
  await status(page, 'Deployment/shop gets 4 variables, 2 files, and the ambassador.');
  assert.match(await manifestText(page), /metadata\.name, spec\.nodeName, status\.podIP, metadata\.uid\n/);
});

test('the builder can be used by keyboard, and what has the focus keeps it', async () => {
  const { page } = await openPlayground(browser);
  await page.getByRole('checkbox', { name: 'NODE_NAME' }).focus();
  await page.keyboard.press('Space');
  await status(page, 'Deployment/shop gets 1 variable.');
  await page.keyboard.press('Space');
  await status(page, 'Deployment/shop gets 2 variables.');
  await page.getByRole('tab', { name: 'Result' }).focus();
  await page.keyboard.press('ArrowRight');
  assert(await page.locator('#diff-panel').isVisible());
  await page.getByRole('textbox', { name: 'Manifest' }).focus();
  await page.keyboard.press('Tab');
  assert.notEqual(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Manifest');
});

test('a profile of the settings can be ticked, and a mistake in the settings is underlined there', async () => {
  const { page, problems } = await openPlayground(browser);
  await page.getByLabel('Example').selectOption({ label: 'A profile' });
  await status(page, /Deployment\/shop gets \d+ variables, 1 file, and the ambassador/);
  assert(await page.getByRole('checkbox', { name: 'web' }).isChecked());
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByText('locked: [ambassador-access]').click();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('volumes: labels');
  await status(page, '1 mistake in the settings.');
  await page.locator('#settings-panel .cm-lintRange-error', { hasText: /^volumes$/ }).waitFor(); // not only "vo", as typed so far
  assert.deepEqual(problems, []);
});

test('the Kubernetes version decides the kind of the sidecar', async () => {
  const { page } = await openPlayground(browser);
  await page.getByLabel('Example').selectOption({ label: 'The ambassador' });
  await page.getByRole('tab', { name: 'Explain' }).click();
  await page.getByText('native sidecar').waitFor();
  await page.getByLabel('Kubernetes').selectOption('1.28');
  await page.getByText('ordinary container').waitFor();
  await page.getByLabel('Kubernetes').selectOption('');
  await status(page, 'choose one');
});

test('a link opens with everything that it was made from', async () => {
  const { page } = await openPlayground(browser, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByLabel('Example').selectOption({ label: 'A profile' });
  await page.getByLabel('Kubernetes').selectOption('1.30');
  await status(page, /gets/);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByText('Link copied.').waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const opened = await openPlayground(browser, { fragment: new URL(link).hash });
  assert.equal(await opened.page.getByLabel('Kubernetes').inputValue(), '1.30');
  assert.equal(await manifestText(opened.page), await manifestText(page));
  assert(await opened.page.getByRole('checkbox', { name: 'web' }).isChecked());
  assert.deepEqual(opened.problems, []);
});

test('a hostile link gets a sentence, and the example opens', async () => {
  const { page, problems } = await openPlayground(browser, { fragment: '#1.<img src=x onerror=alert(1)>' });
  await page.getByText('The link is damaged').waitFor();
  await status(page, 'Deployment/shop gets 2 variables.');
  assert.deepEqual(problems, []);
});

const mistakes = mistaken.concat('---\n').repeat(1200);
const aliases = Array.from({ length: 20 }, (_, index) => `k${index}: &k${index} [${`*k${index - 1},`.repeat(9)}]`);
const bomb = `kind: Pod\ndownlink.dev/env: x\n${aliases.join('\n').replaceAll('*k-1', 'x')}\n`;
const hostile: Readonly<Record<string, readonly [manifest: string, settings: string, sentence: string]>> = {
  'one line of a megabyte': ['x'.repeat(1_000_000), '', 'There is no Pod or workload here'],
  'an annotation of a megabyte': [
    mistaken.replace('POD=', 'a=b,'.repeat(200_000)),
    '',
    'the webhook would reject this',
  ],
  'thousands of mistakes': [mistakes, '', 'More than 1000 mistakes'],
  'deeply nested lists': ['['.repeat(100_000), '', 'its values are nested too deeply'],
  'deeply nested maps on one line': ['{a: '.repeat(50_000), '', 'its values are nested too deeply'],
  'deeply nested lists on one line': ['- '.repeat(100_000), '', 'its values are nested too deeply'],
  'deeply nested settings': [mistaken, '{a: '.repeat(50_000), '1 mistake in the settings.'],
  'aliases that stand for gigabytes': [bomb, '', 'Excessive alias count'],
};

for (const [title, [manifest, settings, sentence]] of Object.entries(hostile)) {
  test(`a link with ${title} gets a sentence`, async () => {
    const json = JSON.stringify({ manifest, settings, kubernetesVersion: '1.33' });
    const { page, problems } = await openPlayground(browser, {
      fragment: `#1.${deflateRawSync(json).toString('base64url')}`,
    });
    await status(page, sentence);
    assert.deepEqual(problems, []);
  });
}

const list = `apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: { name: a, annotations: { downlink.dev/env: pod } }
    spec: { containers: [{ name: main, image: busybox }] }
`;
const sentences: Readonly<Record<string, readonly [string, string | RegExp]>> = {
  nothing: ['', 'Paste a Pod or a workload, or choose an example.'],
  'no YAML': ['a: [b', /^Line \d+ cannot be read: /],
  prose: ['Hello, world!', 'There is no Pod or workload here'],
  'a template': ['kind: Pod\nmetadata:\n  name: {{ .Values.name }}\n', 'this is a template'],
  'a List': [list, 'Pod/a gets 5 variables.'],
  'another object': ['apiVersion: v1\nkind: Service\nmetadata: { name: a }\n', 'There is no Pod or workload here'],
  HTML: [mistaken.replace('POD=metadata.nam', '<img src=x onerror=alert(1)>'), '1 mistake'],
};

for (const [title, [text, sentence]] of Object.entries(sentences)) {
  test(`${title} in the editor gets a sentence`, async () => {
    const { page, problems } = await openPlayground(browser);
    if (text === '') {
      await page.getByRole('textbox', { name: 'Manifest' }).click();
      await page.keyboard.press('Control+a');
      await page.keyboard.press('Delete');
    } else await paste(page, text);
    await status(page, sentence);
    assert.deepEqual(problems, []);
  });
}

test('the page draws frames while the engine works on 5 MB of pods', async () => {
  const { page, problems } = await openPlayground(browser);
  const all = readFileSync(new URL('../../deploy/examples/all.yaml', import.meta.url), 'utf8');
  const manifest = `${all}---\n`.repeat(Math.ceil((5 * 1024 * 1024) / all.length));
  await page.evaluate(() => {
    const frames = { whileBusy: 0 };
    const tick = () => {
      if (document.getElementById('status')?.dataset['busy'] !== undefined) frames.whileBusy++;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    Object.assign(globalThis, { frames });
  });
  await paste(page, manifest);
  await page.locator('#status', { hasText: 'objects injected' }).waitFor({ timeout: 120_000 });
  const frames = await page.evaluate(
    () => (globalThis as unknown as { frames: { whileBusy: number } }).frames.whileBusy,
  );
  assert(frames > 10, `${frames} frames`);
  assert.match(await page.locator('#result-panel').innerText(), /downward-all/);
  await page.getByRole('tab', { name: 'Diff' }).click();
  await page.locator('#diff-panel .diff-added').first().waitFor();
  assert.deepEqual(problems, []);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ]) {
    test(`axe finds nothing, ${colorScheme}, ${viewport.width} pixels wide`, async () => {
      const { page } = await openPlayground(browser, { colorScheme, viewport });
      await page.getByRole('checkbox', { name: 'API proxy: kubectl proxy on localhost' }).check();
      await status(page, 'the ambassador');
      for (const tab of ['Result', 'Diff', 'Explain']) {
        await page.getByRole('tab', { name: tab }).click();
        assert.deepEqual(await violations(page), [], tab);
      }
      await page.getByLabel('Example').selectOption({ label: 'Mistakes' });
      await status(page, 'mistakes: the webhook would reject this.');
      await page.getByRole('tab', { name: /Findings/ }).click();
      assert.deepEqual(await violations(page), [], 'Findings');
      await page.getByRole('tab', { name: 'Settings' }).click();
      assert.deepEqual(await violations(page), [], 'Settings');
    });
  }
}

test('nothing is wider than a phone', async () => {
  const { page } = await openPlayground(browser, { viewport: { width: 360, height: 740 } });
  for (const tab of ['Result', 'Diff', 'Explain', 'Findings']) {
    await page.getByRole('tab', { name: tab }).click();
    assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), tab);
  }
});
