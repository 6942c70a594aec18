/**
 * The value below which a share of the values lie; the middle between two values where it falls between.
 *
 * @param share 0.5 for the median, 0.95 for the 95th percentile
 * @returns `undefined` when there are no values
 */
export function quantile(values: readonly number[], share: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((left, right) => left - right);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}

/** `part / whole`, or `undefined` when there is nothing. */
export function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}
