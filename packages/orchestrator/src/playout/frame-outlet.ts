import { samplesPerFrame } from '@parley/audio';
import type { PlayoutOutput } from './playout-ports.ts';
import { SampleAxis } from './sample-axis.ts';
import { SentFrames } from './sent-frames.ts';

const SAMPLES_PER_FRAME = samplesPerFrame();

/**
 * Numbers frames as they leave and keeps the last of them, so that a client that comes back gets what it missed.
 * Places that clients name are counted as on their {@link SampleAxis}; all others in samples of 48 kHz.
 */
export class FrameOutlet {
  #output: PlayoutOutput;
  readonly #sent: SentFrames;
  readonly #axis: SampleAxis;
  #sequence = 0;

  /** `keptFrames`: frames kept after they were sent; `rateHz`: output rate at first. */
  constructor(output: PlayoutOutput, keptFrames: number, rateHz: number) {
    this.#output = output;
    this.#sent = new SentFrames(keptFrames);
    this.#axis = new SampleAxis(rateHz);
  }

  /** Where frames leave. */
  get output(): PlayoutOutput {
    return this.#output;
  }

  /** Sequence number of the last frame that the present connection was sent; 0 before the first. */
  get lastSequence(): number {
    return this.#sequence;
  }

  /** Samples sent up to there. */
  get sentSamples(): number {
    return this.#sequence * SAMPLES_PER_FRAME;
  }

  /** Samples ever sent, over this connection or an earlier one. */
  get everSentSamples(): number {
    return this.#sent.newest * SAMPLES_PER_FRAME;
  }

  /** Frames that went out over an earlier connection and are to go out again. */
  get framesToRepeat(): number {
    return this.#sent.newest - this.#sequence;
  }

  /** Generation of the next frame that is to go out again; undefined when there is none. */
  get nextRepeatedGeneration(): number | undefined {
    return this.#sent.generation(this.#sequence + 1);
  }

  /** Sends a new frame. */
  send(frame: Uint8Array, generation: number): void {
    this.#sent.add(frame, generation);
    this.#write(frame, generation);
  }

  /** Sends the next frame that is to go out again. */
  repeat(): void {
    const frame = this.#sent.frame(this.#sequence + 1);
    const generation = this.#sent.generation(this.#sequence + 1);
    if (frame !== undefined && generation !== undefined) this.#write(frame, generation);
  }

  /** The output's rate from the next frame on. */
  setRate(rateHz: number): void {
    this.#axis.setRate(rateHz, this.#sequence);
  }

  /** Keeps so many frames after they were sent, from now on. */
  setKept(frames: number): void {
    this.#sent.resize(frames);
  }

  /** The client has played everything before session sample `samples`: only the frame before it is kept. */
  confirm(samples: number): void {
    this.#sent.forget(Math.floor(samples / SAMPLES_PER_FRAME) - 1);
  }

  /** A place that the client names, in samples of 48 kHz. */
  placeOf(clientSamples: number): number {
    return this.#axis.sessionSamplesAt(clientSamples);
  }

  /** Whether the frames from this place of the client's on are all kept, or not yet sent. */
  canRewindTo(clientSamples: number): boolean {
    const received = this.#axis.framesAt(clientSamples);
    const isKnown = clientSamples >= this.#axis.knownFromSample && Number.isInteger(received);
    return isKnown && received <= this.#sent.newest && received + 1 >= this.#sent.oldest;
  }

  /** Goes on over `output` from a place of the client's; returns how many frames sent to it did not get there. */
  rewind(output: PlayoutOutput, clientSamples: number): number {
    const received = this.#axis.framesAt(clientSamples);
    const lost = this.#sequence - received;
    this.#axis.rewind(received);
    this.#sequence = received;
    this.#output = output;
    const frame = this.#sent.frame(received);
    const generation = this.#sent.generation(received);
    if (frame !== undefined && generation !== undefined) output.continueAfter(frame, received, generation);
    return lost;
  }

  #write(frame: Uint8Array, generation: number): void {
    const sampleOffset = this.#axis.samplesAfter(this.#sequence);
    this.#sequence += 1;
    this.#output.sendAudio(frame, this.#sequence, generation, sampleOffset);
  }
}
