export { endpointUrl, keyHeaders } from './endpoint.ts';
export { readText } from './read-text.ts';
export { connectionFailure, failureOf, reasonIn, RemoteFailure, valueOf } from './remote-failure.ts';
export { LONGEST_RETRY_DELAY_MS, retryDelayMs, waitFor } from './retry-delay.ts';
export { sseData } from './sse-decoder.ts';
export { Watchdog } from './watchdog.ts';
