import { splitList } from '../../../src/annotations/annotation-list.ts';

/** Returns the words of a list that has no quotes. */
export function wordsOf(value: string): readonly string[] {
  return splitList(value);
}

/** Returns the list with a word added at the end or removed. */
export function toggledWord(value: string, word: string, isTicked: boolean): string {
  const others = splitList(value).filter((one) => one !== word);
  return (isTicked ? [...others, word] : others).join(', ');
}
