import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { diffColors } from './diff-colors.ts';
import { nestsTooDeeply } from './nesting.ts';

/** A finding at a place of an editor's text; lines and columns count from 1. */
export interface Mark {
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning' | 'hint';
  readonly message: string;
}

/** An editor of YAML, or a view of text that cannot be edited. */
export interface Editor {
  readonly text: () => string;
  /** In characters; cheaper than the text. */
  readonly length: () => number;
  /** Replaces the text without moving the cursor further than necessary. */
  readonly setText: (text: string) => void;
  /** Underlines findings and shows them in the margin. */
  readonly mark: (marks: readonly Mark[]) => void;
  /** Moves the cursor to a place and the focus to the editor. */
  readonly goTo: (line: number, column: number) => void;
}

const highlighting = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: 'var(--code-key)' },
  { tag: [tags.string, tags.content, tags.attributeValue], color: 'var(--code-text)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.bracket, tags.squareBracket, tags.brace], color: 'var(--code-mark)' },
  { tag: [tags.keyword, tags.meta, tags.labelName, tags.typeName], color: 'var(--code-meta)' },
]);

const yamlLanguage = new Compartment();
const noLanguage: Extension = [];

/** YAML with colors, as long as the text does not nest too deeply for its parser. */
const coloredYaml: Extension = [
  yamlLanguage.of(yaml()),
  syntaxHighlighting(highlighting),
  EditorState.transactionExtender.of(({ docChanged, newDoc, startState }) => {
    if (!docChanged) return null;
    const isParsed = yamlLanguage.get(startState) !== noLanguage;
    const canBeParsed = !nestsTooDeeply(newDoc.iterLines());
    return isParsed === canBeParsed ? null : { effects: yamlLanguage.reconfigure(canBeParsed ? yaml() : noLanguage) };
  }),
];

const shared: Extension = [lineNumbers(), drawSelection(), EditorView.lineWrapping, EditorState.tabSize.of(2)];

/** Creates an editor in an element. Tab moves the focus on, as everywhere on the page. */
export function createEditor(parent: HTMLElement, label: string, onChange: () => void): Editor {
  return createView(parent, [
    shared,
    history(),
    indentOnInput(),
    bracketMatching(),
    highlightActiveLine(),
    lintGutter(),
    coloredYaml,
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', spellcheck: 'false', autocapitalize: 'off' }),
    EditorView.updateListener.of(({ docChanged, transactions }) => {
      if (docChanged && !transactions.some((one) => one.isUserEvent('replace.page'))) onChange();
    }),
  ]);
}

/** Creates a view of text that cannot be edited: YAML, or a unified diff. */
export function createTextView(parent: HTMLElement, label: string, language: 'yaml' | 'diff'): Editor {
  return createView(parent, [
    language === 'yaml' ? [shared, coloredYaml] : [EditorView.lineWrapping, diffColors],
    EditorState.readOnly.of(true),
    keymap.of([...defaultKeymap, ...searchKeymap]),
    EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', tabindex: '0', inputmode: 'none' }),
  ]);
}

function createView(parent: HTMLElement, extensions: Extension): Editor {
  const view = new EditorView({ parent, state: EditorState.create({ extensions }) });
  return {
    text: () => view.state.doc.toString(),
    length: () => view.state.doc.length,
    setText: (text) => replaceText(view, text.replaceAll('\r\n', '\n')), // the editor counts a line break as one character
    mark: (marks) => view.dispatch(setDiagnostics(view.state, diagnosticsOf(view.state, marks))),
    goTo: (line, column) => {
      const { from, to } = view.state.doc.line(Math.min(line, view.state.doc.lines));
      const anchor = Math.min(from + column - 1, to);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
      view.focus();
    },
  };
}

/** Replaces only what differs, so that the cursor, the scroll position, and the history stay useful. */
function replaceText(view: EditorView, text: string): void {
  const old = view.state.doc.toString();
  if (old === text) return;
  let start = 0;
  while (start < old.length && start < text.length && old.charCodeAt(start) === text.charCodeAt(start)) start++;
  let [end, newEnd] = [old.length, text.length];
  while (end > start && newEnd > start && old.charCodeAt(end - 1) === text.charCodeAt(newEnd - 1)) {
    end--;
    newEnd--;
  }
  view.dispatch({ changes: { from: start, to: end, insert: text.slice(start, newEnd) }, userEvent: 'replace.page' });
}

function diagnosticsOf(state: EditorState, marks: readonly Mark[]): readonly Diagnostic[] {
  return marks.map(({ line, column, severity, message }) => {
    const { from, to, text } = state.doc.line(Math.min(line, state.doc.lines));
    const start = Math.min(from + column - 1, to);
    const length = /^(?:"[^"]*"|[^\s,]+)/.exec(text.slice(start - from))?.[0].replace(/:$/, '').length ?? 0;
    return {
      from: start,
      to: Math.min(to, start + length),
      severity: severity === 'hint' ? 'info' : severity,
      message,
    };
  });
}
