import { FakeEars } from './fake-ears.ts';
import type { TestSession } from './test-session.ts';

const FRAME_MS = 20;

/** Speech of each text, in frames: 4 seconds. */
const UTTERANCE_FRAMES = 200;

/**
 * Makes a session of the test server talk: each text is 4 seconds of tone, sent in real time with a lead of 10
 * frames; loud audio from the microphone holds it at once, and half a second of that ends it. Returns the
 * function that ends all of this.
 */
export function converse(session: TestSession): () => void {
  let utterance: { readonly id: string; sent: number; readonly startMs: number } | undefined;
  let isHeld = false;
  const ears = new FakeEars();

  const finish = (reason: 'completed' | 'interrupted'): void => {
    if (utterance === undefined) return;
    const heardMs = utterance.sent * FRAME_MS;
    const { id } = utterance;
    utterance = undefined;
    isHeld = false;
    session.send({ type: 'utterance_end', utterance_id: id, reason, heard_ms: heardMs, heard_text: '' });
    session.send({ type: 'state', state: 'LISTENING' });
  };

  const timer = setInterval(() => {
    if (utterance === undefined || isHeld) return;
    const due = Math.min(
      UTTERANCE_FRAMES,
      10 + Math.floor((performance.now() - utterance.startMs) / FRAME_MS),
    );
    session.say(due - utterance.sent);
    utterance.sent = due;
    if (due === UTTERANCE_FRAMES) finish('completed');
  }, 10);

  session.onMessage = (message) => {
    if (message.type !== 'text' || !message.is_final) return;
    const id = message.utterance_id ?? 's1';
    utterance = { id, sent: 0, startMs: performance.now() };
    session.send({ type: 'state', state: 'SPEAKING' });
    session.send({ type: 'utterance_start', utterance_id: id, generation: session.generation });
  };

  session.onAudio = (bytes) => {
    const loudMs = ears.hear(bytes);
    if (utterance === undefined) return;
    if (loudMs >= 60 && !isHeld) {
      isHeld = true;
      session.send({ type: 'speech_started', at_ms: ears.heardMs });
      session.send({ type: 'state', state: 'BARGED_IN' });
      session.send({ type: 'pause', generation: session.generation });
    }
    if (loudMs >= 500) {
      session.clear();
      finish('interrupted');
    }
  };

  return () => clearInterval(timer);
}
