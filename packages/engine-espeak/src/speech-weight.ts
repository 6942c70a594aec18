/** How much of espeak's room for one clause a character takes, about its sounds. */
export type Weigh = (point: string) => number;

/** What espeak can surely say without dropping any of it: it ends a clause silently at about 1000 sounds. */
export const MAX_WEIGHT: number = 700;

const latin = /[\p{Script=Latin}\p{P}\p{Z}\s]/u;
const digit = /\p{N}/u;
const han = /\p{Script=Han}/u;
const hangul = /\p{Script=Hangul}/u;
const letter = /[\p{L}\p{M}]/u;

/**
 * Weighs characters as a voice says them: letters of its own script are sounds, those of another one are
 * spelled out ("Arabic letter sheen"), signs and emoji are read by name.
 *
 * @param script the voice's script; Latin is every voice's own
 */
export function weigherOf(script: RegExp | undefined): Weigh {
  return (point) => {
    if (latin.test(point)) return 1;
    if (digit.test(point)) return 5;
    if (script?.test(point) === true) {
      if (hangul.test(point)) return 6;
      return han.test(point) ? 4 : 2;
    }
    return letter.test(point) ? 10 : 8;
  };
}
