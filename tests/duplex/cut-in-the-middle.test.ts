import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertSpoken, readCounted } from '../end-to-end/support/counted-speech.ts';
import { NEXT, openStage, TEXT, type Stage } from './support/stage.ts';
import { SAMPLES_PER_MS } from './support/user-voice.ts';
import type { V1Client } from './support/v1-client.ts';

const MORE = ' There is more to say.';

interface Middle {
  readonly name: string;
  /** Brings the session into the middle of it; what is on its way is then lost with the connection. */
  readonly begin: (client: V1Client, stage: Stage) => Promise<void>;
  /** Goes on with it over the new connection. */
  readonly goOn?: (client: V1Client, stage: Stage) => void;
  /** How what was being said ends. */
  readonly ends: 'completed' | 'interrupted' | 'stopped' | undefined;
  /** Whether {@link MORE} was asked for, as `more`, and is heard. */
  readonly isMoreHeard?: boolean;
}

const MIDDLES: readonly Middle[] = [
  {
    name: 'a burst of microphone audio',
    async begin(client) {
      client.hear(new Int16Array(30_000 * SAMPLES_PER_MS), 3200);
      await client.until(() => client.all('error').some(({ code }) => code === 'RATE_LIMITED'), 'a refusal');
    },
    ends: 'completed',
  },
  {
    name: 'microphone audio of odd lengths',
    async begin(client) {
      for (let length = 1; length < 20; length += 2) client.sendBytes(new Uint8Array(length));
      await client.message('error', 5);
    },
    ends: 'completed',
  },
  {
    name: 'a gap in the microphone audio, within a word',
    async begin(client, { user }) {
      client.hear(user.interruptionUpTo(150));
      await client.framesReach(client.frameCount + 5);
    },
    goOn(client, { user }) {
      client.hear(user.interruption.slice(user.interruptionUpTo(150).length));
    },
    ends: 'interrupted',
  },
  {
    name: 'text and speech at once',
    async begin(client, { user }) {
      client.hear(user.interruptionUpTo(300));
      client.say(MORE, 'more');
      await client.message('pause');
      await client.settled();
    },
    ends: 'completed',
    isMoreHeard: true,
  },
  {
    name: 'two interruptions at once',
    async begin(client, { user }) {
      client.hear(user.interruption);
      client.control('STOP');
      await client.message('clear');
    },
    // Whichever came first: by the ears within the message, or by hand.
    ends: undefined,
  },
];

describe('a connection that is cut in the middle of', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  for (const { name, begin, ends, goOn, isMoreHeard = false } of MIDDLES) {
    test(`${name} loses and repeats nothing of what is said, and the session goes on`, async () => {
      await using client = await stage.speaking();
      await begin(client, stage);
      client.cut();
      await client.resume();
      goOn?.(client, stage);
      await client.until(() => client.endings('said').length > 0, 'the end of what was being said');
      if (isMoreHeard) await client.until(() => client.endings('more').length > 0, 'the end of the rest');
      const [end] = client.endings('said');
      if (ends !== undefined) assert.equal(end?.reason, ends);
      const heard = client.samples();
      if (end?.reason === 'completed') assertSpoken(heard, TEXT, isMoreHeard ? MORE : '');
      else readCounted(heard, TEXT);
      const from = await stage.saysNext(client);
      assertSpoken(client.samples(from), NEXT);
      assert.equal(client.endings('said').length, 1);
      assert.equal(client.all('clear').length, end?.reason === 'completed' ? 0 : 1);
    });
  }
});
