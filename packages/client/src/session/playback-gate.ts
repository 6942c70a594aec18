import type { AudioSink, PlaybackPosition, SpeechFrame } from '../audio-sink.ts';

/** Options of {@link PlaybackGate}. */
export interface PlaybackGateOptions {
  readonly sink: AudioSink | undefined;
  /** Called with what the sink reports while it plays. */
  readonly onPlayed: (position: PlaybackPosition) => void;
  /** Called once for each clear, when the sink has dropped what it had. */
  readonly onCleared: (position: PlaybackPosition) => void;
  /** Called once for each drop, when the sink has dropped what it had. */
  readonly onDropped: (position: PlaybackPosition) => void;
  /** Called when the sink fails. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * Stands between a session and its sink. Playback is held by two sides, the application and the server, and
 * goes on only when neither holds it; a clear ends both holds, as a new generation starts unheld.
 */
export class PlaybackGate {
  readonly #options: PlaybackGateOptions;
  readonly #holds = new Set<'application' | 'server'>();

  constructor(options: PlaybackGateOptions) {
    this.#options = options;
    options.sink?.onPlayed(options.onPlayed);
    options.sink?.onOverflow?.((samples) =>
      options.onFailed(new RangeError(`There was no room for ${samples} more samples, which are not heard.`)),
    );
  }

  /** Whether anyone holds playback. */
  get isHeld(): boolean {
    return this.#holds.size > 0;
  }

  /** Hands a frame on to the sink. */
  write(frame: SpeechFrame): void {
    this.#try((sink) => sink.write(frame));
  }

  /** Holds playback until the same side releases it. */
  hold(by: 'application' | 'server'): void {
    const wasHeld = this.isHeld;
    this.#holds.add(by);
    if (!wasHeld) this.#try((sink) => sink.pause());
  }

  /** Takes one side's hold away. */
  release(by: 'application' | 'server'): void {
    if (this.#holds.delete(by) && !this.isHeld) this.#try((sink) => sink.resume());
  }

  /** Drops what waits of this generation and of older ones, ends every hold, and reports the position. */
  clear(generation: number): void {
    const { sink, onCleared, onFailed } = this.#options;
    const wasHeld = this.isHeld;
    this.#holds.clear();
    if (sink === undefined) return;
    sink.clear(generation).then(onCleared, onFailed);
    if (wasHeld) this.#try(() => sink.resume());
  }

  /** Drops what waits of this generation and of older ones, for this side alone: the server will ask for a report. */
  drop(generation: number): void {
    const { sink, onDropped, onFailed } = this.#options;
    sink?.clear(generation).then(onDropped, onFailed);
  }

  /** As {@link clear}, but reports nothing: the position belongs to a session that is no more. */
  restart(generation: number): void {
    const { sink, onFailed } = this.#options;
    const wasHeld = this.isHeld;
    this.#holds.clear();
    sink?.clear(generation).catch(onFailed);
    if (wasHeld) this.#try(() => sink?.resume());
  }

  #try(act: (sink: AudioSink) => void): void {
    const { sink, onFailed } = this.#options;
    if (sink === undefined) return;
    try {
      act(sink);
    } catch (error) {
      onFailed(error);
    }
  }
}
