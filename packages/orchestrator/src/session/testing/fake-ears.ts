import type { Ears, EarsListener, HearResult } from '../ports/ears.ts';

/** A microphone whose events are raised by hand. */
export class FakeEars implements Ears {
  readonly listener: EarsListener;
  readonly heard: number[] = [];
  systemSpeaks = false;
  closed = false;
  answer: HearResult = { kind: 'ok' };

  constructor(listener: EarsListener) {
    this.listener = listener;
  }

  hear(bytes: Uint8Array): HearResult {
    this.heard.push(bytes.byteLength);
    return this.answer;
  }

  setSystemSpeaks(speaks: boolean): void {
    this.systemSpeaks = speaks;
  }

  configure(): void {}

  close(): void {
    this.closed = true;
  }
}
