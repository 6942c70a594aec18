/** What a server has counted about recognition so far. */
export interface RecognitionCounts {
  readonly partials: number;
  readonly partialsShed: number;
  /** Sums and counts of real-time factors. */
  readonly factors: Readonly<Record<'partial' | 'final', { readonly sum: number; readonly count: number }>>;
}

/** Reads `/metrics` of the server behind a WebSocket address. */
export async function readRecognition(webSocketUrl: string): Promise<RecognitionCounts> {
  const url = new URL('/metrics', webSocketUrl);
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  const text = await (await fetch(url)).text();
  const value = (series: string): number => {
    const line = text.split('\n').find((one) => one.startsWith(`parley_${series} `));
    return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ')));
  };
  const factorsOf = (kind: string): { sum: number; count: number } => ({
    sum: value(`asr_real_time_factor_sum{kind="${kind}"}`),
    count: value(`asr_real_time_factor_count{kind="${kind}"}`),
  });
  return {
    partials: value('asr_decodes_total{kind="partial"}'),
    partialsShed: value('asr_partials_shed_total'),
    factors: { partial: factorsOf('partial'), final: factorsOf('final') },
  };
}

/** The mean real-time factor of what was decoded between two readings; `undefined` when nothing was. */
export function meanFactor(
  before: RecognitionCounts,
  after: RecognitionCounts,
  kind: 'partial' | 'final',
): number | undefined {
  const count = after.factors[kind].count - before.factors[kind].count;
  return count === 0 ? undefined : (after.factors[kind].sum - before.factors[kind].sum) / count;
}
