export { History, type HistoryEntry } from './history.ts';
export type { Responder, ResponseRequest } from './responder.ts';
