/** Why a request failed, for people: `fetch` itself hides it in the cause. */
export function fetchFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    // One for every address of the host.
    const reasons = new Set(cause.errors.map((one: unknown) => fetchFailure(one)));
    return `${error.message}: ${[...reasons].join(', ')}`;
  }
  return cause instanceof Error ? `${error.message}: ${fetchFailure(cause)}` : error.message;
}
