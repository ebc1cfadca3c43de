import type { Engine } from '../engine.ts';

type Changes = Readonly<Record<string, string | undefined>>;

/** The text that annotations are written to, and what to do afterwards. */
export interface WriterTarget {
  readonly text: () => string;
  readonly setText: (text: string) => void;
  /** The index of the Pod or workload. */
  readonly pod: () => number;
  /** Called when all changes are written, or with a sentence that says why they cannot be. */
  readonly finished: (problem: string | undefined) => void;
}

/** Writes annotations one request after the other, so that no tick is lost, however quickly they follow. */
export interface AnnotationWriter {
  readonly write: (changes: Changes) => void;
  readonly isWriting: () => boolean;
}

/** Creates a writer, which lets the engine edit the text. */
export function createWriter(engine: Engine, { text, setText, pod, finished }: WriterTarget): AnnotationWriter {
  let waiting: Changes = {};
  let isWriting = false;
  const next = () => {
    const [manifest, annotations] = [text(), waiting];
    waiting = {};
    isWriting = true;
    engine.send({ kind: 'annotate', manifest, pod: pod(), annotations }, (reply) => {
      isWriting = false;
      if (reply.kind === 'annotated' && text() === manifest) setText(reply.manifest);
      else if (reply.kind === 'annotated') waiting = { ...annotations, ...waiting }; // the user typed meanwhile
      if (reply.kind === 'failed') waiting = {};
      if (Object.keys(waiting).length > 0) next();
      else finished(reply.kind === 'failed' ? reply.problem : undefined);
    });
  };
  return {
    write: (changes) => {
      waiting = { ...waiting, ...changes };
      if (!isWriting) next();
    },
    isWriting: () => isWriting,
  };
}
