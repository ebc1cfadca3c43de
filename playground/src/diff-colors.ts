import { RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';

const lineClasses: Readonly<Record<string, Decoration>> = {
  '+': Decoration.line({ class: 'diff-added' }),
  '-': Decoration.line({ class: 'diff-removed' }),
  '@': Decoration.line({ class: 'diff-place' }),
};

/** Colors the lines of a unified diff that are in view. */
export const diffColors = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = decorate(view);
    }
    update({ docChanged, viewportChanged, view }: ViewUpdate): void {
      if (docChanged || viewportChanged) this.decorations = decorate(view);
    }
  },
  { decorations: ({ decorations }) => decorations },
);

function decorate(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let position = from; position <= to; ) {
      const line = view.state.doc.lineAt(position);
      const isHeader = line.text.startsWith('--- ') || line.text.startsWith('+++ ');
      const decoration = lineClasses[isHeader ? '@' : line.text.charAt(0)];
      if (decoration !== undefined) builder.add(line.from, line.from, decoration);
      position = line.to + 1;
    }
  }
  return builder.finish();
}
