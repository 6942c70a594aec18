/** A promise and the function that resolves it. */
export interface EndSignal {
  readonly ended: Promise<void>;
  /** Idempotent. */
  readonly end: () => void;
}

/** Makes an end that has not come. */
export function createEndSignal(): EndSignal {
  const waiting: (() => void)[] = [];
  return {
    ended: new Promise((resolve) => {
      waiting.push(resolve);
    }),
    end() {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
