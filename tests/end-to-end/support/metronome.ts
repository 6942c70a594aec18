import { WireClient } from '@parley/testkit';

/** Time as the server itself keeps it: the frames of a session that speaks all the while. */
export interface Metronome {
  /** Waits for `count` more frames of the other session, 20 ms of speech each. */
  beats(count: number): Promise<void>;
  /** Ends the session; makes sure that nothing was amiss with it. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Begins a session that speaks without end. Waiting for some of its frames shows that the server had the time to
 * send something to another session, and did not.
 */
export async function startMetronome(url: string): Promise<Metronome> {
  const client = await WireClient.connect(url);
  let said = 0;
  const speakOn = (): void => {
    for (; said < client.frameCount + 2000; said += 300) client.say('tick '.repeat(60));
  };
  speakOn();
  await client.frames(1);
  return {
    async beats(count) {
      speakOn();
      await client.frames(client.frameCount + count);
    },
    async stop() {
      await client.leave();
    },
  };
}
