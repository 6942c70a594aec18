/** One voice of espeak-ng. */
export interface EspeakVoice {
  /** Our name for it, e.g. `espeak-en-us`. */
  readonly id: string;
  /** What it is in espeak-ng, e.g. `gmw/en-US`. */
  readonly file: string;
  /** BCP-47 tags, the most exact first. */
  readonly languages: readonly string[];
  /** What it reads besides Latin letters without spelling them out. */
  readonly script?: RegExp;
}

/** All voices, the default first. */
export const espeakVoices: readonly EspeakVoice[] = [
  { id: 'espeak-en-us', file: 'gmw/en-US', languages: ['en-US', 'en'] },
  { id: 'espeak-en-gb', file: 'gmw/en', languages: ['en-GB', 'en'] },
  { id: 'espeak-ar', file: 'sem/ar', languages: ['ar'], script: /\p{Script=Arabic}/u },
  { id: 'espeak-cs', file: 'zlw/cs', languages: ['cs'] },
  { id: 'espeak-de', file: 'gmw/de', languages: ['de'] },
  { id: 'espeak-es', file: 'roa/es', languages: ['es-ES', 'es'] },
  { id: 'espeak-es-419', file: 'roa/es-419', languages: ['es-419', 'es-MX', 'es'] },
  { id: 'espeak-fr', file: 'roa/fr', languages: ['fr'] },
  { id: 'espeak-hi', file: 'inc/hi', languages: ['hi'], script: /\p{Script=Devanagari}/u },
  { id: 'espeak-it', file: 'roa/it', languages: ['it'] },
  { id: 'espeak-ja', file: 'jpx/ja', languages: ['ja'], script: /[\p{Script=Hiragana}\p{Script=Katakana}]/u },
  { id: 'espeak-ko', file: 'ko', languages: ['ko'], script: /\p{Script=Hangul}/u },
  { id: 'espeak-nl', file: 'gmw/nl', languages: ['nl'] },
  { id: 'espeak-pl', file: 'zlw/pl', languages: ['pl'] },
  { id: 'espeak-pt', file: 'roa/pt', languages: ['pt-PT', 'pt'] },
  { id: 'espeak-pt-br', file: 'roa/pt-BR', languages: ['pt-BR', 'pt'] },
  { id: 'espeak-ru', file: 'zle/ru', languages: ['ru'], script: /\p{Script=Cyrillic}/u },
  { id: 'espeak-sv', file: 'gmq/sv', languages: ['sv'] },
  { id: 'espeak-tr', file: 'trk/tr', languages: ['tr'] },
  { id: 'espeak-uk', file: 'zle/uk', languages: ['uk'], script: /\p{Script=Cyrillic}/u },
  { id: 'espeak-vi', file: 'aav/vi', languages: ['vi'] },
  { id: 'espeak-zh', file: 'sit/cmn', languages: ['zh-CN', 'zh'], script: /\p{Script=Han}/u },
];

/** Timbres that any voice can take: men `m1` to `m7`, women `f1` to `f5`. */
export const espeakVariants: readonly string[] = [
  'm1',
  'm2',
  'm3',
  'm4',
  'm5',
  'm6',
  'm7',
  'f1',
  'f2',
  'f3',
  'f4',
  'f5',
];
