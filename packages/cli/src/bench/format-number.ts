/** A number with so many decimals, or `-` where there is none. */
export function fixed(value: number | undefined, decimals: number): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(decimals);
}

/** `12,345`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** How many times `base` goes into `value`, as `1.4x`; `-` where either is missing or `base` is 0. */
export function ratio(value: number | undefined, base: number | undefined): string {
  if (value === undefined || base === undefined || base === 0) return '-';
  return `${(value / base).toFixed(2)}x`;
}

/** Bytes as `1.2 MB`. */
export function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '-' : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Bytes as `34 KB`. */
export function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '-' : `${(bytes / 1e3).toFixed(0)} KB`;
}
