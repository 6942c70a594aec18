import type { Resampler, ResamplerFactory } from '@parley/audio';
import { SpeechListener, type NoiseGateOptions, type SpeechEvent, type VadEngine } from '@parley/audio/vad';
import type { SessionSettings } from '@parley/protocol';
import { ASR_RATE_HZ, type AsrEngine } from '../asr/asr-engine.ts';
import { toldFailure } from '../asr/told-failure.ts';
import { TurnRecorder, type TurnSettings } from '../asr/turn-recorder.ts';
import type { Clock, Timer } from '../session/ports/clock.ts';
import type { Ears, EarsListener, HearResult } from '../session/ports/ears.ts';
import { createMicrophoneDecoder, type MicrophoneDecoder } from './microphone-decoder.ts';

/** What all microphones of a process share. */
export interface MicrophoneOptions {
  /** Stays the caller's. */
  readonly engine: VadEngine;
  readonly resamplers: ResamplerFactory;
  readonly clock: Clock;
  /** Absent: no gate. */
  readonly noiseGate?: NoiseGateOptions;
  /** Turns speech into text; absent where nobody does. */
  readonly recognition?: RecognitionOptions;
}

/** How turns are recognized. */
export interface RecognitionOptions {
  /** Stays the caller's. */
  readonly engine: AsrEngine;
  /** Longest turn, in ms. */
  readonly maxTurnMs: number;
}

/** Audio may come this many times faster than real time... */
const MAX_SPEED = 2;
/** ...and this much at once, as after a network hiccup, in ms. */
const BURST_MS = 10_000;
/** A message counts as this much audio at least: also one that holds nothing makes work. */
const MIN_MESSAGE_MS = 2;
/** A microphone that sends nothing for so long while somebody speaks has been switched off. */
const SILENT_MICROPHONE_MS = 1000;

/** One session's microphone: decodes what comes, limits it to real time, and listens for speech. */
export class Microphone implements Ears {
  readonly #options: MicrophoneOptions;
  readonly #listener: EarsListener;
  #settings: SessionSettings;
  #decoder: MicrophoneDecoder;
  #speech: SpeechListener;
  /** Audio of the session before the present stream, in ms. */
  #beforeMs = 0;
  /** The same for all streams: what was said in a former one is still told. */
  readonly #turns: TurnRecorder | undefined;
  /** To the rate of recognition; absent where the stream has it already. */
  #toRecognition: Resampler | undefined;
  /** Runs from a start of speech until it has found that speech is over; moves with the audio. */
  #silenceTimer: Timer | undefined;
  #lastHeardMs = 0;
  #systemSpeaks = false;
  #budgetMs = BURST_MS;
  #filledAtMs: number;

  constructor(options: MicrophoneOptions, settings: SessionSettings, listener: EarsListener) {
    this.#options = options;
    this.#listener = listener;
    this.#settings = settings;
    this.#filledAtMs = options.clock.nowMs();
    this.#decoder = createMicrophoneDecoder(settings.input, options.resamplers);
    this.#speech = this.#listen();
    this.#turns = this.#openTurns();
  }

  hear(bytes: Uint8Array): HearResult {
    // Before it is decoded: what is dropped must cost next to nothing.
    if (!this.#isInTime(Math.max(MIN_MESSAGE_MS, this.#decoder.durationMs(bytes)))) {
      const problem = `microphone audio came more than ${MAX_SPEED} times faster than real time and was dropped`;
      return { kind: 'too_fast', problem };
    }
    const decoded = this.#decoder.decode(bytes);
    if (decoded.kind === 'invalid') return decoded;
    const { samples } = decoded;
    // Messages without audio do not keep speech alive.
    if (samples.length > 0) this.#lastHeardMs = this.#filledAtMs;
    this.#speech.push(samples);
    return { kind: 'ok' };
  }

  setSystemSpeaks(speaks: boolean): void {
    this.#systemSpeaks = speaks;
    this.#speech.setSystemSpeaks(speaks);
  }

  /**
   * Other settings begin another stream: speech that is under way ends, its position goes on, and what was said is
   * transcribed. What is not judged yet, as after a burst, is the beginning of the other stream.
   */
  configure(settings: SessionSettings): void {
    const { asr, input, vad } = this.#settings;
    const isSame =
      JSON.stringify([asr, input, vad]) === JSON.stringify([settings.asr, settings.input, settings.vad]);
    if (isSame) {
      this.#settings = settings;
      return;
    }
    const { sampleRateHz } = this.#decoder;
    const { heardMs } = this.#speech;
    const unjudged = this.#speech.takeUnjudged();
    // Its end is told as its start was, also where the new settings are to tell nothing.
    this.#speech.finish();
    this.#turns?.finish();
    this.#settings = settings;
    this.#beforeMs += heardMs - (unjudged.length * 1000) / sampleRateHz;
    this.#closeStream();
    this.#decoder = createMicrophoneDecoder(settings.input, this.#options.resamplers);
    this.#speech = this.#listen();
    this.#turns?.configure(turnSettings(settings));
    this.#speech.setSystemSpeaks(this.#systemSpeaks);
    if (unjudged.length > 0) this.#speech.push(this.#resampled(unjudged, sampleRateHz));
  }

  close(): void {
    this.#turns?.close();
    this.#closeStream();
  }

  #closeStream(): void {
    this.#silenceTimer?.cancel();
    this.#silenceTimer = undefined;
    this.#toRecognition?.close();
    this.#toRecognition = undefined;
    this.#speech.close();
    this.#decoder.close();
  }

  #listen(): SpeechListener {
    const { engine, noiseGate } = this.#options;
    const { vad } = this.#settings;
    return new SpeechListener({
      engine,
      sampleRateHz: this.#decoder.sampleRateHz,
      minSpeechDurationMs: vad.min_speech_duration_ms,
      minSilenceDurationMs: vad.min_silence_duration_ms,
      speakingThresholdMultiplier: vad.speaking_threshold_multiplier,
      sustainedAfterMs: vad.min_interruption_ms,
      ...(noiseGate !== undefined && { noiseGate }),
      nowMs: () => this.#options.clock.nowMs(),
      onAudio: (samples) => {
        // First the turn that is under way: one that begins with these samples gets them with its pre-roll.
        if (this.#turns?.isRecording === true) this.#turns.push(this.#forRecognition(samples));
      },
      onEvent: (event) => this.#tell(event),
    });
  }

  #openTurns(): TurnRecorder | undefined {
    const { clock, recognition } = this.#options;
    if (recognition === undefined) return undefined;
    return new TurnRecorder({
      clock,
      engine: recognition.engine,
      maxTurnMs: recognition.maxTurnMs,
      isBehind: () => this.#speech.isBehind,
      ...turnSettings(this.#settings),
      listener: {
        onTranscript: (transcript) => this.#listener.onTranscript(transcript),
        onTurnFailed: (_turnId, error) => this.#listener.onTranscriptionFailed(toldFailure(error.code)),
        onPartialsShed: () => this.#listener.onPartialsShed(),
      },
    });
  }

  #forRecognition(samples: Int16Array): Int16Array {
    const { sampleRateHz } = this.#decoder;
    if (sampleRateHz === ASR_RATE_HZ) return samples;
    this.#toRecognition ??= this.#options.resamplers.create({ fromHz: sampleRateHz, toHz: ASR_RATE_HZ });
    return this.#toRecognition.process(samples);
  }

  #resampled(samples: Int16Array, fromHz: number): Int16Array {
    const toHz = this.#decoder.sampleRateHz;
    if (fromHz === toHz) return samples;
    const resampler = this.#options.resamplers.create({ fromHz, toHz });
    const resampled = resampler.process(samples).slice();
    resampler.close();
    return resampled;
  }

  /**
   * A microphone that falls silent without sending silence must not keep speech from ending. One timer for
   * all of the speech looks when audio last came: messages come far too often for a timer each.
   */
  #awaitMore(): void {
    const silentMs = this.#options.clock.nowMs() - this.#lastHeardMs;
    const leftMs = Math.max(0, SILENT_MICROPHONE_MS - silentMs);
    this.#silenceTimer ??= this.#options.clock.setTimer(leftMs, () => this.#checkSilence());
  }

  #checkSilence(): void {
    this.#silenceTimer = undefined;
    if (!this.#speech.inSpeech) return;
    // After a burst it is not silent before the last of it was judged.
    if (this.#speech.isBehind) this.#lastHeardMs = this.#options.clock.nowMs();
    if (this.#options.clock.nowMs() - this.#lastHeardMs >= SILENT_MICROPHONE_MS) this.#speech.finish();
    else this.#awaitMore();
  }

  #tell(event: SpeechEvent): void {
    if (!this.#settings.vad.enabled) return;
    switch (event.kind) {
      case 'speech_started':
        this.#awaitMore();
        if (this.#settings.asr?.enabled === true)
          this.#turns?.speechStarted(() => this.#forRecognition(this.#speech.audioSince(event.atMs)));
        this.#listener.onSpeechStarted(this.#beforeMs + event.atMs, this.#beforeMs + this.#speech.heardMs);
        return;
      case 'speech_sustained':
        this.#listener.onSpeechSustained();
        return;
      case 'speech_stopped':
        this.#turns?.speechStopped(event.decidedAtMs - event.atMs);
        this.#listener.onSpeechStopped(this.#beforeMs + event.atMs);
        return;
      default:
        event satisfies never;
    }
  }

  #isInTime(durationMs: number): boolean {
    const nowMs = this.#options.clock.nowMs();
    this.#budgetMs = Math.min(BURST_MS, this.#budgetMs + (nowMs - this.#filledAtMs) * MAX_SPEED);
    this.#filledAtMs = nowMs;
    if (durationMs > this.#budgetMs) return false;
    this.#budgetMs -= durationMs;
    return true;
  }
}

function turnSettings({ asr }: SessionSettings): TurnSettings {
  return { language: asr?.language ?? 'auto', endpointingMs: asr?.endpointing_ms ?? 0 };
}
