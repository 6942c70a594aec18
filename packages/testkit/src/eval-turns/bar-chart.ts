/** Bars side by side for each group: one bar a series. */
export interface BarPanel {
  readonly title: string;
  /** What the values are, such as `ms`. */
  readonly unit: string;
  /** The value of a full bar; the largest value where absent. */
  readonly max?: number;
  readonly groups: readonly string[];
  /** A value for each group; `undefined` leaves a gap. */
  readonly series: readonly { readonly label: string; readonly values: readonly (number | undefined)[] }[];
}

const PANEL = { width: 560, height: 250, left: 16, top: 44, bottom: 40, right: 16 } as const;
const COLORS = ['#c2410c', '#f59e0b', '#2563eb', '#059669', '#7c3aed'] as const;

/** Draws panels two by two, with one legend, as an SVG of its own. */
export function barChart(title: string, panels: readonly BarPanel[]): string {
  const rows = Math.ceil(panels.length / 2);
  const width = PANEL.width * 2;
  const height = 70 + rows * PANEL.height;
  const labels = panels[0]?.series.map(({ label }) => label) ?? [];
  const legend = labels.map(
    (label, index) =>
      `<rect x="${16 + index * 130}" y="42" width="12" height="12" rx="2" fill="${colorOf(index)}"/>` +
      `<text x="${34 + index * 130}" y="52">${escape(label)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2937" role="img" aria-label="${escape(title)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="17" font-weight="600">${escape(title)}</text>`,
    ...legend,
    ...panels.map((panel, index) => {
      const x = (index % 2) * PANEL.width;
      const y = 70 + Math.floor(index / 2) * PANEL.height;
      return `<g transform="translate(${x} ${y})">${panelOf(panel)}</g>`;
    }),
    '</svg>',
    '',
  ].join('\n');
}

function panelOf({ title, unit, max, groups, series }: BarPanel): string {
  const all = series.flatMap(({ values }) => values.filter((value) => value !== undefined));
  const top = max ?? Math.max(1e-9, ...all);
  const plotWidth = PANEL.width - PANEL.left - PANEL.right;
  const plotHeight = PANEL.height - PANEL.top - PANEL.bottom;
  const base = PANEL.top + plotHeight;
  const groupWidth = plotWidth / groups.length;
  const barWidth = (groupWidth - 14) / series.length;
  const parts = [
    `<text x="${PANEL.left}" y="20" font-size="14" font-weight="600">${escape(title)} <tspan font-weight="400" fill="#6b7280">${escape(unit)}</tspan></text>`,
    `<line x1="${PANEL.left}" x2="${PANEL.width - PANEL.right}" y1="${base}" y2="${base}" stroke="#9ca3af"/>`,
  ];
  for (const [place, group] of groups.entries()) {
    const left = PANEL.left + place * groupWidth;
    parts.push(
      `<text x="${round(left + groupWidth / 2)}" y="${base + 18}" text-anchor="middle">${escape(group)}</text>`,
    );
    for (const [index, { values }] of series.entries()) {
      const x = left + 7 + index * barWidth;
      const value = values[place];
      const height = value === undefined ? 0 : (Math.min(value, top) / top) * (plotHeight - 14);
      const label = value === undefined ? '–' : shortNumber(value);
      parts.push(
        `<rect x="${round(x)}" y="${round(base - height)}" width="${round(barWidth - 2)}" height="${round(height)}" fill="${colorOf(index)}"/>`,
        `<text x="${round(x + barWidth / 2 - 1)}" y="${round(base - height - 4)}" text-anchor="middle" font-size="10" fill="#4b5563">${label}</text>`,
      );
    }
  }
  return parts.join('\n');
}

function colorOf(index: number): string {
  return COLORS[index % COLORS.length] ?? COLORS[0];
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function shortNumber(value: number): string {
  if (value >= 10) return value.toFixed(0);
  return value >= 2 ? value.toFixed(1) : value.toFixed(2);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
