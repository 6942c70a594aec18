import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isSpeakable, spokenText } from './spoken-text.ts';

const MARKDOWN: readonly (readonly [written: string, said: string])[] = [
  ['# Title', 'Title'],
  ['## Title ##\nText', 'Title.\nText'],
  [
    'Some **bold**, *italic*, ***both***, __bold__ and _italic_ text.',
    'Some bold, italic, both, bold and italic text.',
  ],
  ['~~gone~~ here', 'gone here'],
  ['Call `run_it(*args)` now', 'Call run_it(*args) now'],
  ['```js\nlet x = 1;\n```\nDone', 'let x = 1;\nDone'],
  ['See [the page](https://e.org/a_(b) "title") now', 'See the page now'],
  ['See [the page][1].\n[1]: https://e.org/x\n', 'See the page.\n'],
  ['![A cat](cat.png) sits', 'A cat sits'],
  ['![](cat.png)sits', 'sits'],
  ['<https://e.org> is it[^1]', 'https://e.org is it'],
  ['- one\n* two!\n+ [x] three\n1. four', 'one.\ntwo!\nthree.\n1. four'],
  ['> quoted\n>> twice', 'quoted\ntwice'],
  ['| a | b |\n|---|:-:|\n| 1 | 2 |\nEnd', 'a, b.\n1, 2.\nEnd'],
  ['Above\n---\n* * *\nBelow', 'Above\nBelow'],
  ['<b>Bold</b> and<br/>new <a href="x">link</a><!-- no --> &amp; more', 'Bold and new link & more'],
  ['\\*not italic\\*', '*not italic*'],
  ['这是**重点**内容', '这是重点内容'],
];

/** One end of a construct, when the other is in another segment. */
const HALVES: readonly (readonly [written: string, said: string])[] = [
  ['**Note this.', 'Note this.'],
  [' And that.** Then', ' And that. Then'],
  ['*Sighs.', 'Sighs.'],
  [' Looks away.*', ' Looks away.'],
  ['他说**重点。', '他说重点。'],
  ['Use `this', 'Use this'],
];

const PLAIN: readonly string[] = [
  '2 * 3 * 4',
  '2*3*4 and 2**3**4 and x * y',
  'snake_case_name and _private',
  'a < b and b > c, x<y, List<String>',
  'if a <b and c> d',
  '#1 in C# and F#',
  '5 - 3',
  '-5 degrees',
  '> 5 is more',
  '5* hotel',
  'a || b | c',
  'table[0][1] and f[i]',
  '[Alice]: Hello there.',
  'C:\\new\\table',
  'AT&T & Co',
  '© 2024 Acme™, 5 € → 6 $',
  'Say "hi" (now), 50 % off; it\'s ~5 km...',
  'שלום עולם, مرحبا بالعالم, नमस्ते',
  'می‌خواهم',
];

const EMOJI: readonly (readonly [written: string, said: string])[] = [
  ['Hi 😀 there', 'Hi there'],
  ['Great 😀!', 'Great!'],
  ['Hi😀there', 'Hi there'],
  ['Done 👍🏽', 'Done'],
  ['👨‍👩‍👧 Family', 'Family'],
  ['Go 🇩🇪🇫🇷 go 🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'Go go'],
  ['Press 1️⃣ or #️⃣ now', 'Press or now'],
  ['I ❤️ and ❤ and ☺ it ✨', 'I and and it'],
  ['©️ and © 1 # *', 'and © 1 # *'],
  ['😀😀 😀', ''],
];

describe('spoken text', () => {
  for (const [written, said] of [...MARKDOWN, ...HALVES, ...EMOJI]) {
    test(`${JSON.stringify(written)} is said as ${JSON.stringify(said)}`, () => {
      assert.equal(spokenText(written), said);
    });
  }

  for (const text of PLAIN) {
    test(`${JSON.stringify(text)} is said as it is`, () => {
      assert.equal(spokenText(text), text);
    });
  }

  test('either filter can be turned off', () => {
    assert.equal(spokenText('**Hi** 😀', { markdown: false }), '**Hi**');
    assert.equal(spokenText('**Hi** 😀', { emoji: false }), 'Hi 😀');
    assert.equal(spokenText('**Hi** 😀', { emoji: false, markdown: false }), '**Hi** 😀');
  });

  test('words of letters, digits and spaces are never touched', () => {
    const word = fc.stringMatching(/^[A-Za-zäöüß0-9]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word), (words) => {
        assert.equal(spokenText(words.join(' ')), words.join(' '));
      }),
    );
  });

  test('any text is filtered without failing, and no emoji is left', () => {
    const mark = fc.constantFrom(
      '*',
      '**',
      '_',
      '`',
      '~~',
      '[',
      '](',
      ')',
      '#',
      '- ',
      '|',
      '<b>',
      '\n',
      ' ',
      '\\',
    );
    const text = fc.array(fc.oneof(mark, fc.string({ unit: 'grapheme' }), fc.constantFrom('😀', '👨‍👩‍👧', 'a')));
    fc.assert(
      fc.property(text, (parts) => {
        assert.doesNotMatch(spokenText(parts.join('')), /\p{Emoji_Presentation}/u);
      }),
    );
  });

  test('only what has a letter, a number or an emoji left is worth saying', () => {
    for (const text of ['', '  \n', '...', '—', '"»', '*', '\u200d', '\ud800']) assert.ok(!isSpeakable(text));
    for (const text of ['a', '7', '好', '½', '😀']) assert.ok(isSpeakable(text));
    assert.ok(!isSpeakable(spokenText('😀 **🎉**')));
  });
});
