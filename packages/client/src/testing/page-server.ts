import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';

/** Serves the SDK's source to a browser, each file with its types taken away and nothing bundled. */
export interface PageServer {
  /** Address of an empty page that can import `@parley/client` and `@parley/client/browser`. */
  readonly url: string;
  close(): Promise<void>;
}

const PACKAGES = new URL('../../../', import.meta.url);

const IMPORTS = {
  '@parley/client': '/client/src/index.ts',
  '@parley/client/browser': '/client/src/browser/index.ts',
  '@parley/protocol/client': '/protocol/src/client.ts',
};

const PAGE = `<!doctype html><meta charset="utf-8"><title>SDK</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`;

/** Starts one on a free port of this machine. Who starts it closes it. */
export async function startPageServer(): Promise<PageServer> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === '/') {
      response.setHeader('content-type', 'text/html').end(PAGE);
      return;
    }
    readModule(path).then(
      (code) => response.setHeader('content-type', 'text/javascript').end(code),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the page server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function readModule(path: string): Promise<string> {
  if (!/^\/(?:client|protocol)\/src\/[\w/-]+\.ts$/.test(path)) throw new Error(`no such module: ${path}`);
  return stripTypeScriptTypes(await readFile(new URL(`.${path}`, PACKAGES), 'utf8'));
}
