import { chromium, type Browser, type Page } from 'playwright-core';
import { startCuttingProxy } from './cutting-proxy.ts';
import { startPageServer } from './page-server.ts';

/** Options of {@link converseInBrowser}. */
export interface BrowserConversationOptions {
  /** A server of `parley.v1` on this machine. */
  readonly serverUrl: string;
  /** WAV file that the browser's fake microphone plays once it is opened: first quiet, then someone talking. */
  readonly microphoneFile: string;
  /** Texts to have spoken: one that is interrupted, and one during which the connection is cut. */
  readonly interruptedText: string;
  readonly resumedText: string;
  /** Program of the browser. Default `/usr/bin/chromium`. */
  readonly executablePath?: string;
}

/** What happened in the browser, in order. */
export interface BrowserConversation {
  /** Names of events, with what tells them apart: `connection:open`, `utteranceEnd:interrupted`. */
  readonly events: readonly string[];
  /** Samples that had come when the buffer was cleared: more than were played, as it was held before. */
  readonly receivedAtClear: number;
  /** Samples played when the buffer was cleared, and at the very end. */
  readonly playedAtClear: number;
  readonly playedAtEnd: number;
  /** Samples that waited in the player after it was cleared. */
  readonly waitingAfterClear: number;
  /** Loudest level that left the player while it spoke, from 0 to 1. */
  readonly loudest: number;
  /** Whether the connection that was cut took up the session again. */
  readonly resumed: boolean;
  readonly missingSamples: number;
  readonly problems: readonly string[];
  /** Connections made through the wire that was cut. */
  readonly connections: number;
}

/**
 * Has a real browser load the SDK and talk with a server: it plays speech, is interrupted by its microphone,
 * speaks again, loses its connection meanwhile and resumes. The same for every server.
 */
export async function converseInBrowser(options: BrowserConversationOptions): Promise<BrowserConversation> {
  await using resources = new AsyncDisposableStack();
  const pages = resources.adopt(await startPageServer(), (server) => server.close());
  const proxy = resources.adopt(await startCuttingProxy(options.serverUrl), (server) => server.close());
  const browser = resources.adopt(await launch(options), (running) => running.close());
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(pages.url);
  await page.exposeFunction('cutTheWire', () => proxy.cut());
  const result = await talk(page, proxy.url, options);
  return { ...result, problems: [...problems, ...result.problems], connections: proxy.connections };
}

async function launch(options: BrowserConversationOptions): Promise<Browser> {
  return await chromium.launch({
    executablePath: options.executablePath ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      // Once, not over and over: the user speaks one time.
      `--use-file-for-fake-audio-capture=${options.microphoneFile}%noloop`,
    ],
  });
}

type PageResult = Omit<BrowserConversation, 'connections'>;

/** Runs in the page; everything it uses must be in it. */
async function talk(page: Page, url: string, texts: BrowserConversationOptions): Promise<PageResult> {
  return await page.evaluate(
    async ({ url, interruptedText, resumedText }): Promise<PageResult> => {
      const { connect } = await import('@parley/client');
      const { openBrowserMicrophone, openBrowserPlayer } = await import('@parley/client/browser');
      const events: string[] = [];
      const problems: string[] = [];
      const player = await openBrowserPlayer({ sampleRateHz: 48_000 });
      await player.start();
      const meter = new AnalyserNode(player.context, { fftSize: 2048 });
      player.node.connect(meter);
      let loudest = 0;
      let received = 0;
      const levels = new Float32Array(2048);
      const metering = setInterval(() => {
        meter.getFloatTimeDomainData(levels);
        for (const level of levels) loudest = Math.max(loudest, Math.abs(level));
      }, 20);

      const session = await connect({ url, sink: player, reconnect: { firstDelayMs: 50 } });
      session.on('connection', (state) => events.push(`connection:${state.kind}`));
      session.on('state', (state) => events.push(`state:${state}`));
      session.on('utteranceEnd', ({ reason }) => events.push(`utteranceEnd:${reason}`));
      session.on('held', (isHeld) => events.push(isHeld ? 'held' : 'released'));
      session.on('cleared', () => events.push('cleared'));
      session.on('audio', ({ samples }) => (received += samples.length));
      session.on('error', (error) => problems.push(`${error.code}: ${error.message}`));
      const playedAtLeast = async (samples: number): Promise<void> => {
        while (player.playedSamples < samples) await session.once('played');
      };

      session.say(interruptedText);
      await playedAtLeast(24_000);
      const microphone = await openBrowserMicrophone({
        constraints: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
      const held = session.once('held');
      const cleared = session.once('cleared');
      const interrupted = session.once('utteranceEnd');
      const listening = session.listen(microphone);
      await held;
      await cleared;
      const receivedAtClear = received;
      const playedAtClear = player.playedSamples;
      const waitingAfterClear = player.waitingSamples;
      await interrupted;
      await microphone.close();
      await listening;

      session.say(resumedText);
      await playedAtLeast(playedAtClear + 24_000);
      const spoken = session.once('utteranceEnd');
      const back = new Promise<boolean>((resolve) => {
        session.on('connection', (state) => {
          if (state.kind === 'open') resolve(state.resumed);
        });
      });
      await window.cutTheWire();
      const resumed = await back;
      await spoken;
      while (player.waitingSamples > 0) await session.once('played');
      const { missingSamples } = session.speech;
      clearInterval(metering);
      await session.end();
      const playedAtEnd = player.playedSamples;
      await player.close();
      return {
        events,
        problems,
        receivedAtClear,
        playedAtClear,
        waitingAfterClear,
        playedAtEnd,
        loudest,
        resumed,
        missingSamples,
      };
    },
    { url, interruptedText: texts.interruptedText, resumedText: texts.resumedText },
  );
}
