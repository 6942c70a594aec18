import type { WorkerRegistration } from '../registration/worker-registration.ts';
import type { EmbeddedWorkerMessage } from './ipc-messages.ts';

/** Sends one message to the parent process. */
export type IpcSend = (message: EmbeddedWorkerMessage) => Promise<void>;

/** Registers an embedded worker with its parent process, which keeps the registry. */
export function createIpcRegistration(send: IpcSend): WorkerRegistration {
  return {
    register: (record) => send({ type: 'register', record }),
    heartbeat: (record) => send({ type: 'heartbeat', record }),
    deregister: (name) => send({ type: 'deregister', name }),
  };
}

/** A sender over the IPC channel of this process; it rejects when there is none or the parent is gone. */
export function createIpcSend(child: Pick<NodeJS.Process, 'send'>): IpcSend {
  return (message) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (child.send === undefined) reject(new Error('this process was not started with an IPC channel'));
    else {
      child.send(message, undefined, undefined, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    }
    return promise;
  };
}
