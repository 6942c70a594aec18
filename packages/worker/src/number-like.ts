import * as z from 'zod';

/** Reads text that is a number as that number, for values that come from a command line. */
export function numberLike(schema: z.ZodType<number>): z.ZodType<number> {
  return z.preprocess((value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
    return Number.isNaN(number) ? value : number;
  }, schema);
}
