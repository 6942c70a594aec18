/** Rows as aligned columns for a terminal, the first row as their heads. What must not steer a terminal is replaced. */
export function columns(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => cell.replaceAll(/\p{Cc}/gu, '\u{FFFD}')));
  const widths = (clean[0] ?? []).map((_, column) =>
    Math.max(...clean.map((row) => (row[column] ?? '').length)),
  );
  return clean
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** The first few of a list, and how many more there are. */
export function shortList(entries: readonly string[], most: number = 3): string {
  if (entries.length === 0) return '-';
  const shown = entries.slice(0, most).join(',');
  return entries.length > most ? `${shown} +${entries.length - most}` : shown;
}
