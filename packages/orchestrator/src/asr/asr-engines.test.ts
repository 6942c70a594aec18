import { after, before, describe } from 'node:test';
import {
  asrExamples,
  startOpenAiServer,
  unpackTestModel,
  type OpenAiServer,
  silentLogger as logger,
} from '@parley/testkit';
import { createSystemClock } from '../clock/system-clock.ts';
import { createOpenAiRecognizer } from './openai/index.ts';
import { describeAsrEngine } from './testing/engine-contract.ts';
import { ScriptedRecognizer } from './testing/scripted-recognizer.ts';
import { loadWhisperModel, startWhisper } from './whisper/index.ts';
import { createWindowedEngine } from './windowed-engine.ts';

const clock = createSystemClock();
const examples = asrExamples();

/** Knows the examples by heart: by their length, and of their beginnings how many words they may have. */
function recite(samples: Int16Array): string {
  const example = examples.find((one) => one.samples.length === samples.length);
  return example?.transcript ?? '';
}

describeAsrEngine('scripted', async () =>
  createWindowedEngine({ recognizer: new ScriptedRecognizer({ answer: recite }), clock, logger }),
);

describeAsrEngine('whisper', async () => {
  const model = await loadWhisperModel({ directory: await unpackTestModel() });
  return createWindowedEngine({ recognizer: await startWhisper({ model, clock, logger }), clock, logger });
});

describe('over HTTP', () => {
  const servers: OpenAiServer[] = [];
  before(async () => {
    servers.push(await startOpenAiServer({ transcriptions: { text: recite } }));
    servers.push(await startOpenAiServer({ transcriptions: { text: recite, streams: true } }));
  });
  after(() => Promise.all(servers.map((server) => server.close())));

  for (const [index, name] of ['openai', 'openai (streamed)'].entries()) {
    describeAsrEngine(name, async () => {
      const url = servers[index]?.url ?? '';
      const recognizer = createOpenAiRecognizer({ url, model: 'any', concurrency: 2, clock, logger });
      return createWindowedEngine({ recognizer, clock, logger });
    });
  }
});
