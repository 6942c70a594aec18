/** Abbreviations of one language, in lower case and without their last full stop. */
interface Abbreviations {
  /** Never the end of a sentence. */
  readonly always: ReadonlySet<string>;
  /** Not the end of a sentence when a number follows; ordinary words or possible ends otherwise. */
  readonly beforeNumber: ReadonlySet<string>;
}

function abbreviations(always: string, beforeNumber = ''): Abbreviations {
  return { always: new Set(always.split(' ')), beforeNumber: new Set(beforeNumber.split(' ')) };
}

/** English ones are understood in every language, as names and titles travel. */
const ENGLISH = abbreviations(
  'dr mr mrs ms mx prof rev hon gen col capt lt sgt sen rep gov pres st mt ft vs cf approx dept est ' +
    'e.g i.e viz resp al',
  'no nos vol fig figs p pp ch sec art eq ed ca jan feb mar apr jun jul aug sep sept oct nov dec',
);

const BY_LANGUAGE: Readonly<Record<string, Abbreviations>> = {
  de: abbreviations(
    'hr hrn fr frl dipl ing bzw ca vgl evtl ggf inkl exkl zzgl sog bspw str tel max min z.b d.h u.a o.ä i.d.r ' +
      's.o s.u u.u v.a z.t',
    'nr abs art abb kap bd s st jg',
  ),
  fr: abbreviations(
    'm mm mme mmes mlle mlles me dr pr av env cf c.-à-d p.ex bd',
    'n no art chap fig p pp vol',
  ),
  es: abbreviations(
    'sr sra srta sres dr dra d dña ud uds vd vds prof av avda p.ej aprox',
    'núm n art pág fig',
  ),
  it: abbreviations('sig sig.ra dott dott.ssa prof ing avv p.es ca', 'n art pag fig cap'),
  pt: abbreviations('sr sra dr dra prof av p.ex exmo', 'n núm art pág fig'),
  nl: abbreviations('dhr mevr mw dr ir ing bijv ca evt incl excl m.b.t d.w.z o.a', 'nr art blz'),
  ru: abbreviations('т.е т.д т.п г-н г-жа им ул др см напр', 'г стр рис гл'),
  pl: abbreviations('np tzn tj m.in dr prof inż ul al', 'nr str art'),
};

/** Languages that write ordinal numbers with a full stop: "am 3. Mai". */
const ORDINAL_STOP = new Set('de da nb nn no fi et lv is cs sk pl hu hr sl sr bs tr'.split(' '));

/** Dotted abbreviations after which a capital letter does begin a sentence: "at 5 p.m. She left." */
const MAY_END = new Set(['a.m', 'p.m']);

const DOTTED = /^\p{L}{1,2}(?:\.\p{L}{1,2})+$/u;
const INITIAL = /^(?:\p{Lu}|\p{Ll})$/u;

/** Where a full stop stands. */
export interface FullStopContext {
  /** What is directly in front of it, without white space: `Dr`, `e.g`, `12`. */
  readonly word: string;
  /** Whether the word is the first of its line, as the number of a list item is. */
  readonly startsLine: boolean;
  /** The first character after the white space that follows. */
  readonly next: string;
  /** Base language: `de`. */
  readonly language: string;
}

/** Tells whether a full stop belongs to an abbreviation, an initial or an ordinal and ends no sentence. */
export function isAbbreviationStop({ word, startsLine, next, language }: FullStopContext): boolean {
  if (/^\d+$/.test(word)) return startsLine || (word.length <= 2 && ORDINAL_STOP.has(language));
  if (INITIAL.test(word)) return !(word === 'I' && language === 'en');
  const lower = word.toLowerCase();
  const own = BY_LANGUAGE[language];
  if (ENGLISH.always.has(lower) || own?.always.has(lower) === true) return true;
  if (DOTTED.test(word)) return !MAY_END.has(lower);
  const isNumberNext = /\d/.test(next);
  return isNumberNext && (ENGLISH.beforeNumber.has(lower) || own?.beforeNumber.has(lower) === true);
}
