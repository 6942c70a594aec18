import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { startTestServer } from '../testing/test-server.ts';
import { toneSample } from '../testing/test-session.ts';
import { buildDist } from './build-dist.ts';
import { moduleGraph } from './module-graph.ts';

/** Where systems keep the Node that npm scripts here do not run on. */
const SYSTEM_NODE = '/usr/bin/node';
const TALK = fileURLToPath(new URL('../testing/node20-talk.mjs', import.meta.url));

function systemNodeVersion(): string {
  try {
    return execFileSync(SYSTEM_NODE, ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return 'none';
  }
}

describe('the built package', { timeout: 60_000 }, () => {
  const version = systemNodeVersion();
  let folder: string;
  let dist: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-client-'));
    dist = join(folder, 'dist');
    buildDist({ folder: dist, removeComments: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const entry = (name: string): string => join(dist, `client/src/${name}.js`);

  async function talk(node: string): Promise<Record<string, unknown>> {
    const server = await startTestServer({
      onSession: (session) => {
        session.onMessage = (message) => {
          if (message.type !== 'text') return;
          session.say(10, 0);
          const utterance = {
            utterance_id: message.utterance_id ?? 's1',
            heard_ms: 200,
            heard_text: 'Hello.',
          };
          session.send({ type: 'utterance_end', reason: 'completed', ...utterance });
        };
      },
    });
    try {
      const [sdk, sdkNode] = [entry('index'), entry('node/index')].map((file) => pathToFileURL(file).href);
      const child = spawn(node, [TALK, sdk ?? '', sdkNode ?? '', server.url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [answer, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      assert.equal(code, 0);
      assert.equal(server.session.heard[0]?.byteLength, 640);
      return JSON.parse(answer);
    } finally {
      await server.close();
    }
  }

  const nodes = [
    { name: 'the Node of this repository', node: process.execPath, skip: false },
    {
      name: 'Node 20',
      node: SYSTEM_NODE,
      skip: version.startsWith('v20.') ? false : `${SYSTEM_NODE} is ${version}, not Node 20`,
    },
  ] as const;
  for (const { name, node, skip } of nodes) {
    test(`talks on ${name}, exact to the sample`, { skip }, async (t) => {
      const { end, played, reason, version: ranOn } = await talk(node);
      t.diagnostic(String(ranOn));
      assert.equal(reason, 'completed');
      assert.deepEqual(end, { kind: 'ended', reason: 'completed' });
      assert.deepEqual(
        played,
        Array.from({ length: 10 * 960 }, (_, i) => toneSample(i, 48_000)),
      );
    });
  }

  test('is small, and needs nothing else in a browser', (t) => {
    const sizes = { index: 22_000, 'browser/index': 5000, 'browser/playback-worklet': 4000 };
    for (const [name, limitBytes] of Object.entries(sizes)) {
      const { files, foreign } = moduleGraph(entry(name));
      assert.deepEqual(foreign, [], name);
      const code = Buffer.concat(files.map((file) => readFileSync(file)));
      const bytes = gzipSync(code).byteLength;
      t.diagnostic(`${name}: ${files.length} modules, ${code.byteLength} bytes, ${bytes} compressed`);
      assert.ok(bytes < limitBytes, `${name} has ${bytes} bytes compressed`);
    }
  });

  test('loads only what is asked for: no entry brings the others along', () => {
    for (const [name, others] of [
      ['index', /\/(?:browser|node)\//],
      ['browser/index', /\/(?:session|node)\//],
      ['node/index', /\/(?:session|browser)\//],
    ] as const) {
      const { files } = moduleGraph(entry(name));
      assert.deepEqual(
        files.filter((file) => others.test(file)),
        [],
        name,
      );
    }
  });

  test('has types that lead to types, and names its entries', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8'));
    assert.match(JSON.stringify(manifest), /"\.\/node":\{"types":"\.\/client\/src\/node\/index\.d\.ts"/);
    const types = readFileSync(join(dist, 'client/src/index.d.ts'), 'utf8');
    assert.match(types, /from '\.\/connect\.js'/);
    assert.doesNotMatch(types, /@parley|\.ts'/);
  });
});
