import { type ServerProcess, startServer } from '@parley/testkit';
import { promptEars } from './duplex-config.ts';
import { makeUserVoice, type UserVoice } from './user-voice.ts';
import { V1Client } from './v1-client.ts';

/** Long enough to be interrupted: 1.8 s of counted speech. */
export const TEXT =
  'A sentence of some length, so that there is time to interrupt it, and to go on after that.';
/** Said after it. */
export const NEXT = 'And this one is whole.';

/** A server with prompt ears, and a user. Who opens it closes it. */
export interface Stage {
  readonly server: ServerProcess;
  readonly user: UserVoice;
  /** A client to which a text is being spoken, as `said`. */
  speaking(text?: string): Promise<V1Client>;
  /** Has the client say a text as `next` and waits for its end; returns where its frames begin. */
  saysNext(client: V1Client): Promise<number>;
  close(): Promise<void>;
}

/** Opens one. `vad`: settings of its ears; `settings`: any others of the server, such as `a.b=1`. */
export async function openStage(
  vad: Readonly<Record<string, string | number>> = {},
  settings: readonly string[] = [],
): Promise<Stage> {
  const user = await makeUserVoice();
  const server = await startServer({
    config: promptEars(vad),
    args: settings.flatMap((setting) => ['--set', setting]),
  });
  return {
    server,
    user,
    async speaking(text = TEXT) {
      const client = await V1Client.connect(server.wsUrl);
      client.say(text, 'said');
      await client.message('utterance_start');
      await client.framesReach(12);
      return client;
    },
    async saysNext(client) {
      const from = client.frameCount;
      client.say(NEXT, 'next');
      await client.until(() => client.endings('next').length === 1, 'the end of what is said next');
      return from;
    },
    close: async () => {
      await server.stop();
    },
  };
}
