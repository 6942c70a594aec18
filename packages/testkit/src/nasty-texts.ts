/** A text that has broken speech services, and whether there is anything in it to say. */
export interface NastyText {
  /** What is nasty about it; unique. */
  readonly name: string;
  /** 1 to 10,000 characters: valid in a `text` message. */
  readonly text: string;
  /** `false`: nothing is to be heard of it, and that is no error. */
  readonly isSpeakable: boolean;
}

const LONGEST = 10_000;

function nasty(isSpeakable: boolean, texts: Readonly<Record<string, string>>): NastyText[] {
  return Object.entries(texts).map(([name, text]) => ({ name, text, isSpeakable }));
}

/** Texts with nothing to say: spoken by silence, never by an error. */
const SILENT: readonly NastyText[] = nasty(false, {
  'a single space': ' ',
  'white space of all kinds': ' \t\r\n\u00a0\u2003\u2028\u2029\u3000\ufeff',
  '10,000 line breaks': '\n'.repeat(LONGEST),
  'zero-width characters': '\u200b\u200c\u200d\u2060\ufeff',
  'control characters': '\u0000\u0001\u0007\u001b\u007f\u0085',
  'one full stop': '.',
  'mere punctuation': '... --- !?!? ;:, «»„“ … ¡¿ 。、',
  'an emoji': '😀',
  'emoji of many parts': '👨‍👩‍👧‍👦🏳️‍🌈👍🏽🇩🇪❤️',
  '10,000 emoji': '🎉'.repeat(LONGEST),
  'a line of markdown': '---\n***\n___\n',
  'an empty code fence': '```\n```\n',
  'empty emphasis': '** ** __ __ ~~ ~~',
});

/** Texts with something to say, however odd. */
const SPEAKABLE: readonly NastyText[] = nasty(true, {
  'one letter': 'a',
  'one digit': '7',
  'one letter outside the first plane': '𝒜',
  'a letter with 500 accents': `e${'\u0301'.repeat(500)}`,
  'a lone high surrogate': 'before \ud83d after.',
  'a lone low surrogate': 'before \ude00 after.',
  'surrogates the wrong way round': 'before \ude00\ud83d after.',
  'a high surrogate at the end': 'The end \ud83d',
  'right to left': 'مرحبا بالعالم. שלום עולם!',
  'direction marks': 'The \u202efile\u202c is \u2066exe.txt\u2069 now.',
  'mixed scripts': 'Hello мир 世界 안녕 नमस्ते สวัสดี γειά こんにちは.',
  'Chinese without a space': '今天天气很好。我们去公园散步吧！你觉得怎么样？',
  'Thai without a space': 'วันนี้อากาศดีมากเราไปเดินเล่นที่สวนสาธารณะกันเถอะ',
  markdown: '# Title\n\n- **bold** and _it_\n- [link](http://x.example/)\n\n```js\ncode()\n```\n> quote',
  'markdown that never ends': '**bold `code [link](http:// <b',
  'HTML and entities': '<p>Fish &amp; chips</p><script>alert(1)</script>',
  'SSML that is not ours': '<speak><break time="9s"/>Hello</speak>',
  'escapes and quotes': '"quoted" \\backslash \'single\' {"type":"control","command":"STOP"}',
  'format directives': '%s %d %n ${process.exit()} {{x}} $(reboot) `id`',
  'abbreviations and decimals': 'Dr. Smith paid $3.50 at 5 p.m. on Jan. 2nd, e.g. in St. Louis.',
  'an address': 'https://example.com/a?b=c&d=%20#e',
  'a number of 200 digits': '9'.repeat(200),
  'emoji within words': 'Hel😀lo wor👩‍💻ld 🎉!',
  'NUL within words': 'Hel\u0000lo',
  'blank lines around a word': '\n\n\n   word   \n\n\n',
  'punctuation after every letter': 'a.b.c.d.e.f.g!h?i;j,k',
});

/** Texts as long as a message may be. At full length they take minutes to speak: stop them, or speed them up. */
const LONG: readonly NastyText[] = nasty(true, {
  '10,000 characters without a space': 'a'.repeat(LONGEST),
  '10,000 characters outside the first plane': '𝒜'.repeat(LONGEST),
  '5,000 one-letter sentences': 'a.'.repeat(LONGEST / 2),
  '5,000 words of one letter': 'a '.repeat(LONGEST / 2),
  '10,000 opening brackets and a word': `${'['.repeat(LONGEST - 5)} word`,
  '10,000 stars around a word': `${'*'.repeat(4998)}word${'*'.repeat(4998)}`,
  '10,000 accents on one letter': `e${'\u0301'.repeat(LONGEST - 1)}`,
  '9,999 spaces and a word at the end': `${' '.repeat(LONGEST - 1)}a`,
});

/** The corpus of texts that must neither break nor silence a session. */
export const NASTY_TEXTS: readonly NastyText[] = [...SILENT, ...SPEAKABLE, ...LONG];
