import type { ResamplerFactory } from '@parley/audio';
import { SpeechListener, type NoiseGateOptions, type SpeechEvent, type VadEngine } from '@parley/audio/vad';
import type { SessionSettings } from '@parley/protocol';
import type { Clock } from '../session/ports/clock.ts';
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
}

/** Audio may come this many times faster than real time... */
const MAX_SPEED = 2;
/** ...and this much at once, as after a network hiccup, in ms. */
const BURST_MS = 10_000;

/** One session's microphone: decodes what comes, limits it to real time, and listens for speech. */
export class Microphone implements Ears {
  readonly #options: MicrophoneOptions;
  readonly #listener: EarsListener;
  #settings: SessionSettings;
  #decoder: MicrophoneDecoder;
  #speech: SpeechListener;
  /** Audio of the session before the present stream, in ms. */
  #beforeMs = 0;
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
  }

  hear(bytes: Uint8Array): HearResult {
    const decoded = this.#decoder.decode(bytes);
    if (decoded.kind === 'invalid') return decoded;
    const { samples } = decoded;
    if (!this.#isInTime((samples.length * 1000) / this.#decoder.sampleRateHz)) {
      const problem = `microphone audio came more than ${MAX_SPEED} times faster than real time and was dropped`;
      return { kind: 'too_fast', problem };
    }
    this.#speech.push(samples);
    return { kind: 'ok' };
  }

  setSystemSpeaks(speaks: boolean): void {
    this.#systemSpeaks = speaks;
    this.#speech.setSystemSpeaks(speaks);
  }

  /** Other settings begin another stream: speech that is under way ends, its position goes on. */
  configure(settings: SessionSettings): void {
    const { input, vad } = this.#settings;
    this.#settings = settings;
    if (JSON.stringify([input, vad]) === JSON.stringify([settings.input, settings.vad])) return;
    this.#speech.finish();
    this.#beforeMs += this.#speech.heardMs;
    this.close();
    this.#decoder = createMicrophoneDecoder(settings.input, this.#options.resamplers);
    this.#speech = this.#listen();
    this.#speech.setSystemSpeaks(this.#systemSpeaks);
  }

  close(): void {
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
      onEvent: (event) => this.#tell(event),
    });
  }

  #tell(event: SpeechEvent): void {
    if (!this.#settings.vad.enabled) return;
    switch (event.kind) {
      case 'speech_started':
        this.#listener.onSpeechStarted(this.#beforeMs + event.atMs);
        return;
      case 'speech_sustained':
        this.#listener.onSpeechSustained();
        return;
      case 'speech_stopped':
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
