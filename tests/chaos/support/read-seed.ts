/** The seed of `CHAOS_SEED`, or another one each time: it is printed, so that a run can be repeated. */
export function readSeed(): number {
  const { CHAOS_SEED: seed = '' } = process.env;
  return seed === '' ? Date.now() % 1_000_000 : Number(seed);
}
