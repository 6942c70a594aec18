import { connect } from '../connect.ts';
import { wavHeader } from '../node/wav-format.ts';

/** Has a server say a text, and returns it as a WAV file: quiet first, then the voice, then quiet. */
export async function recordSpeech(serverUrl: string, text: string, quietMs: number): Promise<Uint8Array> {
  const session = await connect({ url: serverUrl });
  const { sample_rate: rateHz } = session.settings.output;
  const quiet = new Int16Array((quietMs * rateHz) / 1000);
  const pieces: Int16Array[] = [quiet];
  session.on('audio', ({ samples }) => pieces.push(samples));
  // Nobody plays here, so nobody reports: the server then goes by what it sent.
  const spoken = session.once('utteranceEnd');
  session.say(text);
  await spoken;
  await session.end();
  pieces.push(quiet);
  const bytes = pieces.map(
    (samples) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
  );
  const sampleCount = pieces.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([wavHeader(rateHz, sampleCount), ...bytes]);
}
