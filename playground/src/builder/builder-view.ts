import { annotationKey } from '../../../src/annotations/annotation-keys.ts';
import { cannotCopy, copyText } from '../copy-text.ts';
import { byId, h } from '../dom.ts';
import type { AnnotatedPod } from '../protocol.ts';
import { counted } from '../status-text.ts';
import { checkbox, choice, textField } from './fields.ts';
import { formatAnnotations } from './format-annotations.ts';
import {
  type GroupChoice,
  groupChoices,
  type ItemList,
  type MemberChoice,
  readSelection,
  singleVariables,
  withItem,
  withOthers,
} from './item-choices.ts';
import { toggledWord, wordsOf } from './word-list.ts';

type Annotations = Readonly<Record<string, string>>;
type Write = (changes: Readonly<Record<string, string | undefined>>) => void;

/** What the builder shows. */
export interface BuilderState {
  readonly pods: readonly AnnotatedPod[];
  readonly selected: number;
  /** The annotations of the selected pod, or those to copy if the manifest has no pod. */
  readonly annotations: Annotations;
  readonly profiles: readonly string[];
}

/** Calls of the builder to the page. */
export interface BuilderEvents {
  /** Writes annotations by full key; undefined removes one. */
  readonly write: Write;
  readonly select: (pod: number) => void;
  readonly announce: (message: string) => void;
}

/** Shows the builder for a state. What has the focus keeps it. */
export function showBuilder(state: BuilderState, events: BuilderEvents): void {
  const form = byId('builder-form');
  const focused = form.contains(document.activeElement) ? document.activeElement?.id : undefined;
  const open = new Set([...form.querySelectorAll<HTMLDetailsElement>('details[open]')].map(({ id }) => id));
  form.replaceChildren(
    ...podChoice(state, events),
    ...profileChoices(state, events.write),
    itemChoices('env', 'Variables', state.annotations, events.write),
    itemChoices('volume', 'Files', state.annotations, events.write),
    ambassadorChoices(state.annotations, events.write),
    ...containerChoices(state, events.write),
  );
  for (const details of form.querySelectorAll('details')) if (open.has(details.id)) details.open = true;
  if (focused) document.getElementById(focused)?.focus();
  byId('annotations-preview').textContent = formatAnnotations(state.annotations);
}

/** Connects the button that copies the annotations. `mistakes` returns the number of mistakes in the manifest. */
export function connectCopyButton(announce: (message: string) => void, mistakes: () => number): void {
  byId('copy-annotations').addEventListener('click', async () => {
    const isCopied = await copyText(byId('annotations-preview').textContent ?? '');
    const warning = mistakes() > 0 ? ` The manifest has ${counted(mistakes(), 'mistake')}.` : '';
    announce(isCopied ? `Annotations copied. ${whereToPaste}${warning}` : cannotCopy);
  });
}

const whereToPaste = 'Paste them into the metadata of a Pod, or of a pod template.';

/** Connects the buttons that lead to the parts of the builder. */
export function connectJumps(): void {
  for (const button of byId('builder-jumps').querySelectorAll('button')) {
    button.addEventListener('click', () => {
      const part = byId(button.dataset['part'] ?? '');
      part.scrollIntoView({ block: 'start' });
      part.querySelector('legend')?.focus({ preventScroll: true });
    });
  }
}

function podChoice({ pods, selected }: BuilderState, { select }: BuilderEvents): readonly HTMLElement[] {
  if (pods.length < 2) return [];
  const options = pods.map(({ name }, index) => ({ value: String(index), title: name }));
  return [choice('builder-pod', 'Object', options, String(selected), (value) => select(Number(value)))];
}

function profileChoices({ profiles, annotations }: BuilderState, write: Write): readonly HTMLElement[] {
  if (profiles.length === 0) return [];
  const key = annotationKey('profile');
  return [wordBoxes('Profiles', key, profiles, annotations, write)];
}

function containerChoices({ pods, selected, annotations }: BuilderState, write: Write): readonly HTMLElement[] {
  const containers = pods[selected]?.containers ?? [];
  if (containers.length < 2) return [];
  const key = annotationKey('containers');
  return [wordBoxes('Containers that get variables and files (none ticked: all)', key, containers, annotations, write)];
}

function wordBoxes(
  legend: string,
  key: string,
  words: readonly string[],
  annotations: Annotations,
  write: Write,
): HTMLElement {
  const value = annotations[key] ?? '';
  const boxes = words.map((word) =>
    checkbox(`${key}:${word}`, h('code', {}, word), wordsOf(value).includes(word), (isTicked) =>
      write({ [key]: toggledWord(value, word, isTicked) || undefined }),
    ),
  );
  return h('fieldset', {}, h('legend', {}, legend), ...boxes);
}

function itemChoices(list: ItemList, legend: string, annotations: Annotations, write: Write): HTMLElement {
  const key = annotationKey(list);
  const value = annotations[key] ?? '';
  const selection = readSelection(list, value);
  const writeList = (changed: string) => write({ [key]: changed || undefined });
  const toggle = (item: string) => (isTicked: boolean) => writeList(withItem(list, value, item, isTicked));
  const example = list === 'env' ? "TEAM=metadata.labels['team']" : "app=metadata.labels['app']";
  const path = annotationKey('volume-path');
  return h(
    'fieldset',
    { id: `${list}-choices` },
    h('legend', { tabindex: -1 }, legend),
    ...groupChoices[list].map((group) => groupBox(list, group, selection.ticked, toggle)),
    list === 'env' ? singlesBox(selection.ticked, toggle) : undefined,
    textField(
      `${list}-others`,
      list === 'env' ? 'Your own variables' : 'Your own files',
      selection.others,
      example,
      (text) => writeList(withOthers(list, value, text)),
    ),
    list === 'volume' && value !== ''
      ? textField('volume-path', 'Directory of the files', annotations[path] ?? '', '/etc/downward', (text) =>
          write({ [path]: text || undefined }),
        )
      : undefined,
  );
}

type Toggle = (item: string) => (isTicked: boolean) => void;

function groupBox(list: ItemList, group: GroupChoice, ticked: ReadonlySet<string>, toggle: Toggle): HTMLElement {
  const { item, title, members } = group;
  const isTicked = ticked.has(item);
  const box = checkbox(`${list}:${item}`, title, isTicked, toggle(item));
  const isSingle = members.length < 2 || item === 'otel';
  if (isSingle) return h('div', { class: 'group' }, box);
  const count = members.filter((member) => ticked.has(member.item)).length;
  return h(
    'div',
    { class: 'group' },
    box,
    memberBoxes(
      `${list}-${item}-members`,
      title,
      isTicked ? 0 : count,
      members,
      (member) => ({
        isTicked: isTicked || ticked.has(member.item),
        isFixed: isTicked,
      }),
      list,
      toggle,
    ),
  );
}

function singlesBox(ticked: ReadonlySet<string>, toggle: Toggle): HTMLElement {
  const count = singleVariables.filter(({ item }) => ticked.has(item)).length;
  const stateOf = (member: MemberChoice) => ({ isTicked: ticked.has(member.item), isFixed: false });
  return h(
    'div',
    { class: 'group' },
    h('span', { class: 'group-title' }, 'More variables'),
    memberBoxes('env-singles', 'More variables', count, singleVariables, stateOf, 'env', toggle),
  );
}

function memberBoxes(
  id: string,
  title: string,
  count: number,
  members: readonly MemberChoice[],
  stateOf: (member: MemberChoice) => { readonly isTicked: boolean; readonly isFixed: boolean },
  list: ItemList,
  toggle: Toggle,
): HTMLElement {
  const boxes = members.map((member) => {
    const { isTicked, isFixed } = stateOf(member);
    const name = h('code', {}, member.name);
    return checkbox(`${list}:${member.item}`, name, isTicked, toggle(member.item), isFixed);
  });
  return h(
    'details',
    { id, open: count > 0 },
    h(
      'summary',
      {},
      h('span', { class: 'visually-hidden' }, `${title}: `),
      count > 0 ? `${count} of ${members.length}` : 'show',
    ),
    h('div', { class: 'members' }, ...boxes),
  );
}

const presets = [
  { word: 'read-only', title: 'Read only' },
  { word: 'own-namespace', title: 'Own namespace only' },
  { word: 'no-secrets', title: 'No Secrets' },
] as const;

function ambassadorChoices(annotations: Annotations, write: Write): HTMLElement {
  const [main, access, port, kubeconfig] = (
    ['ambassador', 'ambassador-access', 'ambassador-port', 'ambassador-kubeconfig'] as const
  ).map(annotationKey) as [string, string, string, string];
  const isOn = annotations[main]?.trim() === 'true';
  const options = Object.keys(annotations).filter((key) => key.startsWith(`${main}-`));
  const without = Object.fromEntries(options.map((key) => [key, undefined]));
  const value = annotations[access] ?? 'read-only';
  const boxes = presets.map(({ word, title }) =>
    checkbox(`access:${word}`, title, wordsOf(value).includes(word), (isTicked) =>
      write({ [access]: toggledWord(value.replace('full', ''), word, isTicked) || 'full' }),
    ),
  );
  return h(
    'fieldset',
    { id: 'ambassador-choices' },
    h('legend', { tabindex: -1 }, 'Ambassador'),
    checkbox('ambassador', 'API proxy: kubectl proxy on localhost', isOn, (isTicked) =>
      write(isTicked ? { [main]: 'true' } : { ...without, [main]: undefined }),
    ),
    ...(isOn
      ? [
          h(
            'div',
            { class: 'members' },
            ...boxes,
            checkbox(
              'kubeconfig',
              'KUBECONFIG for kubectl and client libraries',
              annotations[kubeconfig] === 'true',
              (isTicked) => write({ [kubeconfig]: isTicked ? 'true' : undefined }),
            ),
          ),
          textField('ambassador-port', 'Port', annotations[port] ?? '', '8001', (text) =>
            write({ [port]: text || undefined }),
          ),
        ]
      : []),
  );
}
