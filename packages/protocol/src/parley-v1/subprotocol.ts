/** Name of this dialect in `Sec-WebSocket-Protocol`. */
export const PARLEY_V1 = 'parley.v1' as const;
