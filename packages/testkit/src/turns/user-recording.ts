import { speakers } from './lines.ts';
import { cough, pinkNoise } from './noises.ts';
import { createRandom } from './random.ts';
import {
  atLevel,
  CORPUS_RATE_HZ,
  mixInto,
  ROOM_DBFS,
  samplesIn,
  toPcm,
  VOICE_DBFS,
  type Interval,
  type Signal,
} from './signal.ts';
import { Voices } from './voices.ts';

/** What a user does, one thing after the other. */
export type UserAction =
  /** Says nothing for so long; the room is still to be heard. */
  | { readonly kind: 'quiet'; readonly ms: number }
  /** Says a text. */
  | { readonly kind: 'say'; readonly text: string }
  /** Coughs for about half a second. */
  | { readonly kind: 'cough' };

/** What a microphone heard of a user. */
export interface UserRecording {
  /** s16 samples at {@link CORPUS_RATE_HZ}. */
  readonly samples: Int16Array;
  /** What was heard of each action, in order; views of `samples`. */
  readonly parts: readonly Int16Array[];
  /** Where the user talks, to 5 ms. */
  readonly speech: readonly Interval[];
}

/** Records a user in a quiet room, at the levels of the corpus. The same each time. */
export async function recordUser(actions: readonly UserAction[]): Promise<UserRecording> {
  const voices = new Voices();
  const random = createRandom(1);
  const parts: Signal[] = [];
  const speech: Interval[] = [];
  let atMs = 0;
  const add = (part: Signal): void => {
    parts.push(part);
    atMs += (part.length * 1000) / CORPUS_RATE_HZ;
  };
  try {
    for (const action of actions) {
      switch (action.kind) {
        case 'quiet':
          add(new Float32Array(samplesIn(action.ms)));
          break;
        case 'cough':
          add(atLevel(cough(random), -18));
          break;
        case 'say': {
          const saying = await voices.say(action.text, speakers[0] ?? { voiceId: '', variant: '', speed: 1 });
          const from = atMs;
          speech.push(
            ...saying.speech.map(({ startMs, endMs }) => ({ startMs: startMs + from, endMs: endMs + from })),
          );
          add(atLevel(saying.signal, VOICE_DBFS, saying.speech));
          break;
        }
        default:
          action satisfies never;
      }
    }
  } finally {
    await voices.close();
  }
  const room = atLevel(pinkNoise(atMs, random), ROOM_DBFS);
  const ends: number[] = [];
  let at = 0;
  for (const part of parts) {
    mixInto(room, part, (at * 1000) / CORPUS_RATE_HZ);
    at += part.length;
    ends.push(at);
  }
  const samples = toPcm(room);
  return { samples, speech, parts: ends.map((end, index) => samples.subarray(ends[index - 1] ?? 0, end)) };
}
