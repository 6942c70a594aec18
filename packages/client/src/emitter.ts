/** Stops a listener; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Listeners by event name. What a listener throws is rethrown later, apart from the others. */
export class Emitter<Events extends object> {
  readonly #listeners: { [Name in keyof Events]?: Set<(event: Events[Name]) => void> } = {};

  /** Calls `listener` for each such event from now on. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Unsubscribe {
    const listeners = (this.#listeners[name] ??= new Set());
    // A wrapper of its own, so that a listener that is added twice is called twice and removed once.
    const entry = (event: Events[Name]): void => listener(event);
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
    };
  }

  /** Resolves with the next such event, once. Never rejects: race it with what could end the wait. */
  once<Name extends keyof Events>(name: Name): Promise<Events[Name]> {
    return new Promise((resolve) => {
      const stop = this.on(name, (event) => {
        stop();
        resolve(event);
      });
    });
  }

  /** Calls everyone who listens, in the order in which they came. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const listeners = this.#listeners[name];
    if (listeners === undefined) return;
    // Those who come or go meanwhile change nothing for this event.
    const current = [...listeners];
    for (const listener of current) {
      try {
        listener(event);
      } catch (error) {
        // A fault of the application must not break the session, nor be lost.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
