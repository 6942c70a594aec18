import { z } from 'zod';

/** A whole number from `min` to `max` with a default. */
export function integer(
  fallback: number,
  min: number,
  max: number,
  description: string,
): z.ZodDefault<z.ZodNumber> {
  return z.int().min(min).max(max).describe(description).default(fallback);
}

/** A number from `min` to `max` with a default. */
export function decimal(
  fallback: number,
  min: number,
  max: number,
  description: string,
): z.ZodDefault<z.ZodNumber> {
  return z.number().min(min).max(max).describe(description).default(fallback);
}

/** True or false with a default. */
export function flag(fallback: boolean, description: string): z.ZodDefault<z.ZodBoolean> {
  return z.boolean().describe(description).default(fallback);
}

/** A text that is not empty and holds no control characters, which no setting needs and logs must not get. */
export function text(description: string): z.ZodString {
  return z
    .string()
    .regex(/^[^\p{Cc}]+$/u)
    .describe(description);
}

/** An address that begins with `http://` or `https://`. */
export function httpUrl(description: string, examples: string[]): z.ZodString {
  return z
    .string()
    .regex(/^https?:\/\/[^\s/?#]+[^\s]*$/)
    .meta({ description, examples });
}

/** A key for somebody else's server. */
export const apiKey: z.ZodString = text('Sent as a bearer token; unset means that none is sent.');
