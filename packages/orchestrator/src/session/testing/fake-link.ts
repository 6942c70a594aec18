import type { SessionSettings } from '@parley/protocol';
import type { ClientLink, EventMessage, LinkDefaults } from '../ports/client-link.ts';

/** A client that writes down what it gets. */
export class FakeLink implements ClientLink {
  readonly transport = 'test';
  readonly leadMs = 60;
  readonly latencyMs = 0;
  readonly defaults: LinkDefaults = {
    output: { encoding: 'pcm_s16le', sample_rate: 48_000, container: 'binary' },
    playout_lead_ms: 60,
  };
  holdsBuffer = false;
  resumable = false;
  readonly configured: SessionSettings[] = [];
  readonly unsentLimitBytes = 1000;
  unsentBytes = 0;
  frames = 0;
  readonly offsets: number[] = [];
  closedWith: string | undefined;
  readonly lines: string[] = [];
  readonly messages: EventMessage[] = [];

  send(message: EventMessage): void {
    this.messages.push(message);
    if (['state', 'pause', 'resume', 'clear'].includes(message.type)) return;
    if (message.type === 'error') this.lines.push(`error ${message.code}`);
    else if (message.type === 'session_end') this.lines.push(`session_end ${message.reason}`);
    else this.lines.push(message.type);
  }

  continueAfter(): void {}

  sendAudio(_frame: Uint8Array, _sequence: number, _generation: number, sampleOffset: number): void {
    this.frames += 1;
    this.offsets.push(sampleOffset);
  }

  configure(settings: SessionSettings): void {
    this.configured.push(settings);
  }

  close(code: number, reason: string): void {
    this.closedWith = `${code} ${reason}`;
  }
}
