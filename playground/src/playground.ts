import { createWriter } from './builder/annotation-writer.ts';
import { type BuilderState, connectCopyButton, connectJumps, showBuilder } from './builder/builder-view.ts';
import { cannotCopy, copyText } from './copy-text.ts';
import { byId, h } from './dom.ts';
import { createEditor, createTextView } from './editor.ts';
import { startEngine } from './engine.ts';
import { examples } from './examples.ts';
import { explanationSections } from './explain-view.ts';
import { findingsList, type ListedFinding, listedFindings } from './findings-view.ts';
import { decodeLink, encodeLink } from './link.ts';
import type { EngineReply, Evaluation, PlaygroundInput } from './protocol.ts';
import { type StatusText, statusText } from './status-text.ts';
import { connectTabs } from './tabs.ts';

const maxManifest = 8 * 1024 * 1024; // characters: more needs more memory than a tab should take
const longText = 256 * 1024; // characters
const newestMinor = 37;
const oldestMinor = 20;

/** Starts the page. */
export function startPlayground(): void {
  const engine = startEngine();
  const selectInput = connectTabs('input-tabs');
  connectTabs('output-tabs');
  const manifest = createEditor(byId('manifest-panel'), 'Manifest', () => evaluate());
  const settings = createEditor(byId('settings-panel'), 'Settings', () => evaluate());
  const result = createTextView(byId('result-panel'), 'Result', 'yaml');
  const diff = createTextView(byId('diff-panel'), 'Diff', 'diff');
  const version = byId<HTMLSelectElement>('version');
  let resultText = '';
  let mistakes = 0;
  let delay: ReturnType<typeof setTimeout> | undefined;
  let builder: BuilderState = { pods: [], selected: 0, annotations: {}, profiles: [] };

  const input = (): PlaygroundInput => ({
    manifest: manifest.text(),
    settings: settings.text(),
    kubernetesVersion: version.value,
  });
  const evaluate = () => {
    byId('status').dataset['busy'] = 'true';
    clearTimeout(delay);
    // to read a text of megabytes at each keystroke would slow typing down
    delay = setTimeout(evaluateNow, manifest.length() > longText ? 400 : 0);
  };
  const evaluateNow = () => {
    const evaluated = input();
    if (evaluated.manifest.length + evaluated.settings.length > maxManifest) {
      delete byId('status').dataset['busy'];
      showStatus({
        tone: 'bad',
        text: 'The manifest has more than 8 MiB. Check it with "downlink lint -f FILE" instead.',
      });
      return;
    }
    engine.send({ kind: 'evaluate', input: evaluated }, (reply) => {
      if (reply.kind !== 'evaluation' || !reply.isPartial) delete byId('status').dataset['busy'];
      if (reply.kind === 'evaluation') show(reply, evaluated);
      else showFailure(reply);
    });
  };
  const show = (evaluation: Evaluation, evaluated: PlaygroundInput) => {
    const findings = listedFindings(evaluation);
    const isCurrent = manifest.text() === evaluated.manifest && settings.text() === evaluated.settings;
    if (isCurrent) {
      manifest.mark(findings.filter(({ editor }) => editor === 'manifest'));
      settings.mark(findings.filter(({ editor }) => editor === 'settings'));
    }
    showStatus(statusText(evaluation, evaluated.manifest, findings));
    resultText = evaluation.result ?? '';
    result.setText(beginningOf(resultText));
    diff.setText(beginningOf(evaluation.diff));
    byId('result-panel').classList.toggle('none', evaluation.result === undefined);
    byId('explain-panel').replaceChildren(...explanationSections(evaluation));
    byId('findings-panel').replaceChildren(...findingsList(findings, goTo));
    const count = byId('findings-count');
    count.textContent = String(findings.length);
    count.classList.toggle('none', findings.length === 0); // it keeps its place, so that the tabs do not move
    mistakes = findings.filter(({ severity }) => severity === 'error').length;
    count.classList.toggle('errors', mistakes > 0);
    const selected = Math.min(builder.selected, Math.max(0, evaluation.pods.length - 1));
    const written = writer.isWriting() ? undefined : evaluation.pods[selected]?.annotations;
    const annotations = written ?? builder.annotations;
    showState({ pods: evaluation.pods, selected, annotations, profiles: evaluation.profiles });
  };
  const showFailure = (reply: EngineReply) => {
    if (reply.kind === 'failed') showStatus({ tone: 'bad', text: reply.problem });
  };
  const goTo = ({ editor, line, column }: ListedFinding) => {
    selectInput(`${editor}-tab`);
    (editor === 'manifest' ? manifest : settings).goTo(line, column);
  };
  const showState = (state: BuilderState) => {
    builder = state;
    showBuilder(state, {
      announce,
      select: (selected) => showState({ ...builder, selected, annotations: builder.pods[selected]?.annotations ?? {} }),
      write: (changes) => write(changes),
    });
  };
  const write = (changes: Readonly<Record<string, string | undefined>>) => {
    const merged = Object.entries({ ...builder.annotations, ...changes });
    const annotations = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined));
    showState({ ...builder, annotations });
    if (builder.pods.length > 0) writer.write(changes);
  };
  const writer = createWriter(engine, {
    ...manifest,
    pod: () => builder.selected,
    finished: (problem) => {
      if (problem !== undefined) announce(problem);
      evaluate();
    },
  });
  const load = ({ manifest: text, settings: own, kubernetesVersion }: PlaygroundInput) => {
    manifest.setText(text);
    settings.setText(own);
    if (![...version.options].some(({ value }) => value === kubernetesVersion)) addVersion(version, kubernetesVersion);
    version.value = kubernetesVersion;
    builder = { ...builder, selected: 0 };
    evaluate();
  };

  fillMenus(version);
  connectCopyButton(announce, () => mistakes);
  connectJumps();
  version.addEventListener('change', evaluate);
  const menu = byId<HTMLSelectElement>('example');
  menu.addEventListener('change', () => {
    const example = examples[Number(menu.value)];
    if (example !== undefined) load({ ...example, kubernetesVersion: version.value });
  });
  byId('copy-result').addEventListener('click', async () => {
    announce((await copyText(resultText)) ? 'Result copied.' : cannotCopy);
  });
  byId('share').addEventListener('click', async () => {
    const link = await encodeLink(input());
    if (link.kind === 'failed') return announce(link.problem);
    history.replaceState(null, '', link.fragment);
    announce((await copyText(location.href)) ? 'Link copied. It holds everything on this page.' : cannotCopy);
  });
  const openLink = async () => {
    const linked = location.hash === '' ? undefined : await decodeLink(location.hash);
    if (linked?.kind === 'input') {
      menu.selectedIndex = -1;
      return load(linked.input);
    }
    if (linked !== undefined) announce(linked.problem);
    if (manifest.text() === '')
      load({ manifest: examples[0]?.manifest ?? '', settings: '', kubernetesVersion: version.value });
  };
  window.addEventListener('hashchange', openLink);
  openLink().catch((error: unknown) => announce(String(error)));
}

const maxViewed = 256 * 1024; // characters: a view of megabytes would hold the page up for seconds

/** Returns what a view shows of a text: whole lines from its beginning. */
function beginningOf(text: string): string {
  if (text.length <= maxViewed) return text;
  const lines = text.slice(0, text.lastIndexOf('\n', maxViewed) + 1);
  return `${lines}# The rest is not shown. "Copy result" copies all of the result.\n`;
}

function showStatus({ tone, text }: StatusText): void {
  const status = byId('status');
  status.textContent = text;
  status.className = tone;
}

let toastTimer: ReturnType<typeof setTimeout> | undefined;

/** Shows a sentence for a while; screen readers read it. */
function announce(message: string): void {
  const toast = byId('toast');
  toast.hidden = false;
  toast.textContent = message;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    toast.hidden = true;
  }, 6000);
}

function fillMenus(version: HTMLSelectElement): void {
  byId('example').append(...examples.map(({ title }, index) => h('option', { value: index }, title)));
  for (let minor = newestMinor; minor >= oldestMinor; minor--) addVersion(version, `1.${minor}`);
  version.append(h('option', { value: '' }, 'version unknown'));
}

function addVersion(version: HTMLSelectElement, value: string): void {
  version.append(h('option', { value }, value));
}
