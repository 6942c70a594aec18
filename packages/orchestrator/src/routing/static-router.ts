import { formatWorkerAddress, parseWorkerAddress } from '@parley/worker-api';
import { ParleyError } from '../parley-error.ts';
import type { RouteResult, Router, RouterCondition, WorkerPlace } from './router.ts';
import type { WorkerRequest } from './worker-request.ts';

/** Name of the one fixed worker, also in metrics and for operators. */
export const STATIC_WORKER = 'static';

/** All sessions go to one fixed worker, of which nothing is known but its address: it counts its sessions itself. */
export class StaticRouter implements Router {
  readonly strategy = 'static';
  readonly #place: WorkerPlace;

  /**
   * `addr`: `grpc://host:port`, `grpcs://host:port` or `host:port`.
   *
   * @throws ParleyError `WORKER_ADDRESS_INVALID`
   */
  constructor(addr: string) {
    const parsed = parseWorkerAddress(addr);
    if (parsed.kind === 'invalid') {
      throw new ParleyError('WORKER_ADDRESS_INVALID', `routing.static_worker_addr: ${parsed.problem}`);
    }
    this.#place = { workerName: STATIC_WORKER, addr: formatWorkerAddress(parsed.address) };
  }

  /** The address that all sessions get. */
  getStaticWorker(): string {
    return this.#place.addr;
  }

  async acquire(_sessionId: string, request: WorkerRequest, signal: AbortSignal): Promise<RouteResult> {
    if (signal.aborted) return { kind: 'aborted' };
    if (request.exclude?.has(STATIC_WORKER) === true) {
      return { kind: 'unavailable', reason: 'refused', message: 'The worker has refused.' };
    }
    return { kind: 'placed', place: this.#place };
  }

  async release(): Promise<void> {}

  isLeaving(): boolean {
    return false;
  }

  isLive(): boolean {
    return true;
  }

  serves(): boolean {
    return true;
  }

  hasResident(): boolean {
    return true;
  }

  noteOutcome(): void {}

  noteFirstAudio(): void {}

  onShortage(): () => void {
    return () => {};
  }

  workers(): undefined {
    return undefined;
  }

  condition(): RouterCondition {
    return { waiting: 0, breakers: { open: 0, probing: 0 } };
  }

  close(): void {}
}
