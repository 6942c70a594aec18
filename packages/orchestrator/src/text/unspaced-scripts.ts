/**
 * One character of a script that puts no space between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese and
 * Tibetan, with the punctuation of their own.
 */
export const UNSPACED: RegExp =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\u3000-\u303f\u30fb\u30fc\uff00-\uffef]/u;
