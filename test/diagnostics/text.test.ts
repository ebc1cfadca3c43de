import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alternatives, cut, listNames, nearest, printable, quote } from '../../src/diagnostics/text.ts';

describe('cut', () => {
  for (const [name, text, max, expected] of [
    ['keeps a text of exactly that length', 'abcdef', 6, 'abcdef'],
    ['truncates a longer text, with three dots at the end', 'abcdefg', 6, 'abc...'],
    ['keeps an empty text', '', 6, ''],
    ['does not split a surrogate pair', 'ab😀cdef', 6, 'ab...'],
    ['keeps a whole surrogate pair', 'a😀bcdef', 6, 'a😀...'],
    ['accepts an unpaired surrogate', 'ab\uDE00cdef', 6, 'ab\uDE00...'],
  ] as const) {
    test(name, () => {
      assert.equal(cut(text, max), expected);
      assert.ok(expected.length <= max);
    });
  }
});

describe('quote', () => {
  for (const [name, value, expected] of [
    ['adds double quotes', 'POD=metadata.nam', '"POD=metadata.nam"'],
    ['escapes quotes and backslashes', 'a"b\\c', '"a\\"b\\\\c"'],
    ['escapes newlines and tabs', 'a\nb\tc', '"a\\nb\\tc"'],
    ['escapes the other control characters', 'a\u0000\u001b\u007f\u0085', '"a\\u0000\\u001b\\u007f\\u0085"'],
    ['escapes characters that change the direction of text', 'a\u202Eb\u2066', '"a\\u202eb\\u2066"'],
    ['escapes zero-width characters', 'a\u200Bb\uFEFF', '"a\\u200bb\\ufeff"'],
    ['escapes line separators', 'a\u2028b\u2029', '"a\\u2028b\\u2029"'],
    ['escapes a soft hyphen and a joiner', 'a\u00ADb\u034F', '"a\\u00adb\\u034f"'],
    ['escapes a mark that changes the direction of Arabic', 'a\u061Cb', '"a\\u061cb"'],
    ['escapes Hangul fillers', '\u115F\u1160\u3164\uFFA0', '"\\u115f\\u1160\\u3164\\uffa0"'],
    ['escapes variation selectors', 'a\uFE0F\u180B\u{E0100}', '"a\\ufe0f\\u180b\\udb40\\udd00"'],
    ['escapes tags, which can hide words', '\u{E0041}\u{E007F}', '"\\udb40\\udc41\\udb40\\udc7f"'],
    ['escapes format characters beyond U+FFFF', '\u{110BD}\u{1D173}', '"\\ud804\\udcbd\\ud834\\udd73"'],
    ['escapes annotation anchors', '\uFFF9\uFFFB', '"\\ufff9\\ufffb"'],
    ['escapes spaces other than the ordinary one', 'a b\u00A0c\u2003d\u3000', '"a b\\u00a0c\\u2003d\\u3000"'],
    ['escapes a blank Braille pattern', '\u2800', '"\\u2800"'],
    ['escapes an unpaired surrogate, which is not valid UTF-8', 'a\uD83D', '"a\\ud83d"'],
    ['shows letters of any language', 'größe 日本 😀', '"größe 日本 😀"'],
    ['truncates a value to 80 characters', 'x'.repeat(81), `"${'x'.repeat(77)}..."`],
    ['truncates before it escapes, so that no escape is split', '\n'.repeat(81), `"${'\\n'.repeat(77)}..."`],
  ] as const) {
    test(name, () => {
      assert.equal(quote(value), expected);
    });
  }

  test('escapes every format character', () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (/\p{Cf}/u.test(character)) assert.match(quote(character), /^"(?:\\u[0-9a-f]{4}){1,2}"$/, code.toString(16));
    }
  });

  test('printable returns the same without quotes', () => {
    assert.equal(printable('a\n"b"'), 'a\\n\\"b\\"');
  });
});

describe('alternatives', () => {
  for (const [words, expected] of [
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a or b'],
    [['a', 'b', 'c'], 'a, b or c'],
  ] as const) {
    test(`of ${words.length} words is "${expected}"`, () => {
      assert.equal(alternatives(words), expected);
    });
  }
});

describe('listNames', () => {
  for (const [name, names, expected] of [
    ['of none is empty', [], ''],
    ['quotes each name', ['main', 'a\nb'], '"main", "a\\nb"'],
    [
      'says of more than ten how many more there are',
      'abcdefghijkl'.split(''),
      '"a", "b", "c", "d", "e", "f", "g", "h", "i", "j" and 2 more',
    ],
  ] as const) {
    test(name, () => {
      assert.equal(listNames(names), expected);
    });
  }
});

describe('nearest', () => {
  const known = ['env', 'volume', 'volume-path', 'ambassador', 'ambassador-port'];
  for (const [name, word, expected] of [
    ['finds a word in another case', 'Volume', 'volume'],
    ['finds a word with a letter missing', 'ambasador', 'ambassador'],
    ['finds a word with a letter too many', 'volumes', 'volume'],
    ['finds a word with letters in another order', 'evn', 'env'],
    ['finds a long word with two letters wrong', 'ambasador-prt', 'ambassador-port'],
    ['finds nothing for a short word with two letters wrong', 'exx', undefined],
    ['finds nothing for an empty word', '', undefined],
    ['finds nothing for a word of another kind', 'replicas', undefined],
    ['finds nothing for a word of more than 80 characters', 'volume'.repeat(14), undefined],
  ] as const) {
    test(name, () => {
      assert.equal(nearest(word, known), expected);
    });
  }

  test('finds nothing without known words', () => {
    assert.equal(nearest('env', []), undefined);
  });
});
