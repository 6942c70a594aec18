import { basename } from 'node:path';
import type { ResolvedConfig, ResolvedResponderMode } from '@parley/orchestrator';
import { DEFAULT_SERVER_URL } from '../client/index.ts';

/** Options of {@link startBanner}. */
export interface StartBannerOptions {
  /** Where the server listens, as `http://host:port`. */
  readonly url: string;
  readonly config: Pick<ResolvedConfig, 'workers' | 'routing' | 'asr'>;
  readonly responderMode: ResolvedResponderMode;
  /** Whether speech would be transcribed if there were a model. */
  readonly lacksModel: boolean;
}

/** What to show when the server is ready: where to go, and what to try. */
export function startBanner(options: StartBannerOptions): string {
  const page = reachable(options.url);
  const webSocket = new URL(page);
  webSocket.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:';
  const isDefault = webSocket.href === new URL(DEFAULT_SERVER_URL).href;
  const url = isDefault ? '' : ` --url ${webSocket.protocol}//${webSocket.host}`;
  return `
Parley is ready.

  Page        ${page.href}
  WebSocket   ${webSocket.href}
  Voice       ${voiceOf(options.config)}
  Hearing     ${hearingOf(options)}

Open the page, or try in another terminal:

  npm run parley -- say "Hello"${url}
  npm run parley -- talk${url}

Ctrl-C ends it.

`;
}

/** A server that listens on all addresses is reached by the machine's own. */
function reachable(url: string): URL {
  const page = new URL(url);
  if (page.hostname === '0.0.0.0' || page.hostname === '[::]') page.hostname = '127.0.0.1';
  return page;
}

function voiceOf({ workers, routing }: StartBannerOptions['config']): string {
  if (routing.static_worker_addr !== undefined) return routing.static_worker_addr;
  return workers.embedded.enabled
    ? `a worker of its own (${workers.embedded.engine})`
    : 'workers from the registry';
}

function hearingOf({ config: { asr }, lacksModel, responderMode }: StartBannerOptions): string {
  if (lacksModel) return 'off, for want of a Whisper model; docs/listening.md tells how to get one';
  if (!asr.enabled) return 'off (asr.enabled)';
  const model = asr.adapter === 'whisper' ? basename(asr.model_path ?? asr.model_size) : asr.openai.model;
  const answer = responderMode === 'none' ? 'transcripts only' : `answered by ${responderMode}`;
  return `${asr.adapter} (${model}), ${answer}`;
}
