import { SpeechDetector, type NoiseGateOptions, type SpeechEvent, type VadDecision } from '@parley/audio/vad';
import { CORPUS_RATE_HZ, type Interval, type TurnClip } from '../turns/index.ts';

/** What an engine, and the detector behind it, made of one clip. Times in ms. */
export interface ClipScore {
  readonly clip: TurnClip;
  /** 10 ms steps: called speech and right, called speech and wrong, missed, and silent and right. */
  readonly hits: number;
  readonly falseAlarms: number;
  readonly misses: number;
  readonly rejections: number;
  /** From where speech begins until the engine's first decision for it was complete. */
  readonly onsetDelaysMs: readonly number[];
  /** From where speech ends until where the engine's decisions become silence for good. */
  readonly offsetDelaysMs: readonly number[];
  /** From where speech begins until the detector says so; none for speech it missed or was already in. */
  readonly startDelaysMs: readonly number[];
  /** From where the last speech ends until the detector says so. */
  readonly stopDelaysMs: readonly number[];
  /** Stretches of speech that the detector was never in. */
  readonly missedTurns: number;
  /** Starts of the detector that met no speech. */
  readonly falseStarts: number;
  /** Whether the detector was still in speech at the end of the clip, 1.5 s after the last word. */
  readonly stuck: boolean;
}

const STEP_MS = 10;
/** Around the edges of a label an engine may be right either way: no voice begins or ends in one instant. */
const COLLAR_MS = 50;
/** So long must an engine be silent before it counts as having noticed the end. */
const SETTLED_MS = 200;
const SPEECH = 0.5;

interface Judged extends Interval {
  readonly isSpeech: boolean;
}

/** Holds an engine's decisions against the labels of the clip. */
export function scoreClip(
  clip: TurnClip,
  decisions: readonly VadDecision[],
  noiseGate?: NoiseGateOptions,
): ClipScore {
  const judged = decisions.map(({ probability, startSample, endSample }) => ({
    isSpeech: probability >= SPEECH,
    startMs: (startSample * 1000) / CORPUS_RATE_HZ,
    endMs: (endSample * 1000) / CORPUS_RATE_HZ,
  }));
  const turns = detect(clip, decisions, noiseGate);
  return {
    clip,
    ...countSteps(clip, judged),
    onsetDelaysMs: clip.speech.flatMap(({ startMs, endMs }) => onsetDelay(judged, startMs, endMs)),
    offsetDelaysMs: clip.speech.flatMap(({ endMs }, index) => {
      const next = clip.speech[index + 1]?.startMs ?? Infinity;
      return offsetDelay(judged, endMs, next);
    }),
    ...scoreTurns(clip, turns),
  };
}

function countSteps(
  clip: TurnClip,
  judged: readonly Judged[],
): Pick<ClipScore, 'hits' | 'falseAlarms' | 'misses' | 'rejections'> {
  const counts = { hits: 0, falseAlarms: 0, misses: 0, rejections: 0 };
  let at = 0;
  for (let ms = STEP_MS / 2; ms < (judged.at(-1)?.endMs ?? 0); ms += STEP_MS) {
    while ((judged[at]?.endMs ?? Infinity) <= ms) at += 1;
    const called = judged[at]?.isSpeech ?? false;
    const nearEdge = clip.speech.some(
      ({ startMs, endMs }) => Math.abs(ms - startMs) < COLLAR_MS || Math.abs(ms - endMs) < COLLAR_MS,
    );
    if (nearEdge) continue;
    const spoken = clip.speech.some(({ startMs, endMs }) => ms >= startMs && ms < endMs);
    if (spoken) counts[called ? 'hits' : 'misses'] += 1;
    else counts[called ? 'falseAlarms' : 'rejections'] += 1;
  }
  return counts;
}

/** None where the engine was in speech already, or never noticed. */
function onsetDelay(judged: readonly Judged[], startMs: number, endMs: number): number[] {
  const before = judged.find((decision) => decision.endMs > startMs - COLLAR_MS);
  if (before?.isSpeech === true) return [];
  const first = judged.find((decision) => decision.isSpeech && decision.endMs > startMs);
  return first === undefined || first.startMs >= endMs ? [] : [first.endMs - startMs];
}

/** None where it did not settle before the next speech. */
function offsetDelay(judged: readonly Judged[], endMs: number, nextMs: number): number[] {
  let silentFrom: number | undefined;
  for (const decision of judged) {
    if (decision.endMs <= endMs - SETTLED_MS) continue;
    if (decision.isSpeech) silentFrom = undefined;
    else silentFrom ??= decision.startMs;
    if (decision.startMs >= nextMs) return [];
    if (silentFrom !== undefined && decision.endMs >= endMs && decision.endMs - silentFrom >= SETTLED_MS) {
      return [silentFrom - endMs];
    }
  }
  return [];
}

interface Turn {
  readonly startMs: number;
  readonly startDecidedMs: number;
  readonly endMs: number;
  readonly endDecidedMs: number;
}

/** Runs the detector, at its defaults, over the decisions. A turn that never ends has infinite times. */
function detect(clip: TurnClip, decisions: readonly VadDecision[], noiseGate?: NoiseGateOptions): Turn[] {
  const turns: Turn[] = [];
  const detector = new SpeechDetector({
    ...(noiseGate === undefined ? {} : { noiseGate }),
    onEvent(event: SpeechEvent) {
      if (event.kind === 'speech_started') {
        const open = { startMs: event.atMs, startDecidedMs: event.decidedAtMs };
        turns.push({ ...open, endMs: Infinity, endDecidedMs: Infinity });
        return;
      }
      const turn = turns.pop();
      if (turn !== undefined) turns.push({ ...turn, endMs: event.atMs, endDecidedMs: event.decidedAtMs });
    },
  });
  for (const { probability, levelDbfs, startSample, endSample } of decisions) {
    const startMs = (startSample * 1000) / CORPUS_RATE_HZ;
    detector.setSystemSpeaks(clip.systemSpeaks.some((bot) => startMs >= bot.startMs && startMs < bot.endMs));
    detector.update(probability, levelDbfs, startMs, (endSample * 1000) / CORPUS_RATE_HZ);
  }
  return turns;
}

function scoreTurns(
  { speech }: TurnClip,
  turns: readonly Turn[],
): Pick<ClipScore, 'startDelaysMs' | 'stopDelaysMs' | 'missedTurns' | 'falseStarts' | 'stuck'> {
  const meets = (turn: Turn, label: Interval): boolean =>
    turn.startMs < label.endMs && turn.endMs > label.startMs;
  const startDelaysMs = speech.flatMap((label) => {
    const turn = turns.find((candidate) => meets(candidate, label));
    return turn === undefined || turn.startMs < label.startMs - 2 * COLLAR_MS
      ? []
      : [turn.startDecidedMs - label.startMs];
  });
  const last = speech.at(-1);
  const lastTurn =
    last === undefined
      ? undefined
      : turns.find((turn) => meets(turn, last) && turn.endMs >= last.endMs - 300);
  const stopMs = lastTurn === undefined || last === undefined ? Infinity : lastTurn.endDecidedMs - last.endMs;
  return {
    startDelaysMs,
    stopDelaysMs: Number.isFinite(stopMs) ? [stopMs] : [],
    missedTurns: speech.filter((label) => !turns.some((turn) => meets(turn, label))).length,
    falseStarts: turns.filter((turn) => !speech.some((label) => meets(turn, label))).length,
    stuck: turns.at(-1)?.endMs === Infinity,
  };
}
