import type { PlayoutMark } from './playout-ports.ts';

/** A mark on its way, as {@link MarkQueue.add} gives it back. */
export interface MarkPlace {
  /** Samples (48 kHz) sent in the whole session before the mark; unknown until they have left. */
  readonly atSample: number | undefined;
}

/** A {@link MarkPlace} that is still to be found. */
export interface PlacedMark extends MarkPlace {
  readonly mark: PlayoutMark;
  /** Frames pushed before the mark. */
  readonly afterFrame: number;
  atSample: number | undefined;
}

/** Marks between frames, in order: placed when the frames before them have left, taken when they are reached. */
export class MarkQueue {
  #marks: PlacedMark[] = [];

  /** Marks that wait. */
  get length(): number {
    return this.#marks.length;
  }

  /** The next mark to be reached, when its place is known. */
  get firstPlaced(): PlacedMark | undefined {
    const first = this.#marks[0];
    return first?.atSample === undefined ? undefined : first;
  }

  /** Adds a mark behind the `afterFrame`th frame ever pushed. */
  add(mark: PlayoutMark, afterFrame: number): MarkPlace {
    const placed = { mark, afterFrame, atSample: undefined };
    this.#marks.push(placed);
    return placed;
  }

  /**
   * Gives a place to the marks whose frames have all left: `takenFrames` of the `pushedFrames`, the last of which
   * ends at `atSample`. Says whether an utterance's end was among them.
   */
  place(takenFrames: number, pushedFrames: number, atSample: number): boolean {
    let isEnd = false;
    for (let index = 0; index < this.#marks.length; index += 1) {
      const placed = this.#marks[index];
      if (placed === undefined || placed.atSample !== undefined) continue;
      if (placed.afterFrame > takenFrames) return isEnd;
      if (startsAudio(placed.mark) && placed.afterFrame === pushedFrames) {
        // A beginning is real once there is audio behind it. If the end came first, there never was any.
        if (!this.#isSilent(index)) return isEnd;
        this.#marks.splice(index, 1);
        index -= 1;
        continue;
      }
      placed.atSample = atSample;
      isEnd ||= placed.mark.kind === 'end';
    }
    return isEnd;
  }

  /** Whether no audio will come behind the mark at `index`, behind which there is none. */
  #isSilent(index: number): boolean {
    // One that has not begun may still do so after it has waited; one that went on does so anew, with another mark.
    if (this.#marks[index]?.mark.kind !== 'begin') return index + 1 < this.#marks.length;
    // Asked with each frame while it waits for its first one: nothing is allocated.
    for (let behind = index + 1; behind < this.#marks.length; behind += 1) {
      if (this.#marks[behind]?.mark.kind === 'end') return true;
    }
    return false;
  }

  /** Takes the first mark away. */
  shift(): void {
    this.#marks.shift();
  }

  /** Forgets all of them. */
  clear(): void {
    this.#marks = [];
  }
}

function startsAudio({ kind }: PlayoutMark): boolean {
  return kind === 'begin' || kind === 'go_on';
}
