/** Silence before the first frame, so that one that comes late is still in time. */
const START_DELAY_SECONDS = 0.04;
const FADE_SECONDS = 0.01;

/**
 * Plays frames one after another without a gap, each at its exact place on the audio clock.
 * The audio context is made on the first use, because browsers want a click before it.
 */
export class Player {
  #createContext;
  #context;
  #output;
  #sources = new Set();
  /** Where the current run of frames began on the audio clock, and how long it is so far. */
  #anchorSeconds = 0;
  #runSeconds = 0;
  #paused = false;

  /** @param {() => AudioContext} createContext */
  constructor(createContext = () => new AudioContext({ sampleRate: 48_000, latencyHint: 'interactive' })) {
    this.#createContext = createContext;
  }

  /** Makes sound possible. To be called from a click or a key. */
  async unlock() {
    this.#context ??= this.#createContext();
    if (!this.#paused) await this.#context.resume();
  }

  /**
   * Plays a frame of s16le mono samples after those before it.
   *
   * @param {Uint8Array} pcm
   * @param {number} sampleRateHz
   * @returns {boolean} whether it follows the frame before it without a gap
   */
  play(pcm, sampleRateHz) {
    this.#context ??= this.#createContext();
    const context = this.#context;
    const samples = Math.floor(pcm.byteLength / 2);
    if (samples === 0) return true;
    const buffer = context.createBuffer(1, samples, sampleRateHz);
    const channel = buffer.getChannelData(0);
    const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    for (let i = 0; i < samples; i += 1) channel[i] = view.getInt16(2 * i, true) / 32_768;

    const follows = this.#anchorSeconds + this.#runSeconds >= context.currentTime && this.#runSeconds > 0;
    if (!follows) {
      // On the grid of samples: between two of them the browser would blur every frame.
      const start = (context.currentTime + START_DELAY_SECONDS) * context.sampleRate;
      this.#anchorSeconds = Math.ceil(start) / context.sampleRate;
      this.#runSeconds = 0;
    }
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#openOutput(context));
    source.addEventListener('ended', () => this.#sources.delete(source));
    source.start(this.#anchorSeconds + this.#runSeconds);
    this.#sources.add(source);
    this.#runSeconds += samples / sampleRateHz;
    return follows;
  }

  /** Falls silent at once and keeps what has not been played. */
  async pause() {
    this.#paused = true;
    await this.#context?.suspend();
  }

  /** Goes on where `pause` stopped. */
  async resume() {
    this.#paused = false;
    await this.#context?.resume();
  }

  /** Drops everything that has not been played. */
  clear() {
    const context = this.#context;
    if (context === undefined) return;
    const end = context.currentTime + FADE_SECONDS;
    if (context.state === 'running') {
      // Cut off at once, a wave clicks.
      this.#output?.gain.setValueAtTime(1, context.currentTime);
      this.#output?.gain.linearRampToValueAtTime(0, end);
    } else {
      this.#output?.disconnect();
    }
    for (const source of this.#sources) source.stop(end);
    this.#sources.clear();
    this.#output = undefined;
    this.#runSeconds = 0;
  }

  /** How much audio waits to be played, in seconds. */
  get waitingSeconds() {
    if (this.#context === undefined || this.#runSeconds === 0) return 0;
    return Math.max(0, this.#anchorSeconds + this.#runSeconds - this.#context.currentTime);
  }

  #openOutput(context) {
    if (this.#output === undefined) {
      this.#output = context.createGain();
      this.#output.connect(context.destination);
    }
    return this.#output;
  }
}
