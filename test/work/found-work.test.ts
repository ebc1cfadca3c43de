import { describe, test } from 'node:test';
import { checkWork } from '../fuzz/check-work.ts';
import { loadFound, reviewOfFound } from '../fuzz/found.ts';

const all = await loadFound();

describe('work that fuzzing found to grow too fast stays linear', () => {
  for (const { name, found } of all) {
    if (found.kind === 'work')
      test(name.replaceAll('-', ' '), () => void checkWork(reviewOfFound(found), found.growth));
  }
});
