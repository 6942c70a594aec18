import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type ServerProcess, startServer, WireClient } from '@parley/testkit';
import { assertSpoken, FRAME_PER_CHARACTER } from './support/counted-speech.ts';
import { askUpgrade, untilSessions } from './support/http.ts';

describe('limits in time', () => {
  test('an idle session is told, and its socket really closes', async () => {
    await using server = await startServer({ args: ['--set', 'session.idle_timeout_seconds=1'] });
    const client = await WireClient.connect(server.wsUrl);
    const { code } = await client.closed;
    assert.equal(code, 1000);
    assert.equal((await client.message('session_end'))['reason'], 'idle_timeout');
    await untilSessions(server.url, 0);
  });

  test('speech that is longer than the idle time is not idle; a pause that long is', async () => {
    await using server = await startServer({
      config: FRAME_PER_CHARACTER,
      args: ['--set', 'session.idle_timeout_seconds=1'],
    });
    const text =
      'A text that takes two seconds to be spoken, which is a good deal longer than a session may idle.';
    const [speaks, pauses] = await Promise.all([
      WireClient.connect(server.wsUrl),
      WireClient.connect(server.wsUrl),
    ]);
    for (const client of [speaks, pauses]) client.say(text);
    await pauses.frames(5);
    pauses.control('PAUSE');
    await Promise.all([speaks.closed, pauses.closed]);
    assertSpoken(speaks.samples(), text);
    for (const client of [speaks, pauses]) {
      assert.equal((await client.message('session_end'))['reason'], 'idle_timeout');
    }
    assert.ok(pauses.frameCount < text.length);
  });

  test('a session ends at its longest duration although it is busy', async () => {
    await using server = await startServer({
      config: FRAME_PER_CHARACTER,
      args: ['--set', 'session.max_session_duration_seconds=1'],
    });
    const client = await WireClient.connect(server.wsUrl);
    client.say(
      'A text that would take a good deal longer than a session may last here, were it spoken to its end.',
    );
    await client.closed;
    assert.equal((await client.message('session_end'))['reason'], 'max_duration');
    await untilSessions(server.url, 0);
  });

  test('a message too many ends the session and says why', async () => {
    await using server = await startServer({ args: ['--set', 'session.max_messages_per_session=3'] });
    const client = await WireClient.connect(server.wsUrl);
    for (let count = 0; count < 3; count += 1) client.control('STOP');
    await client.settled();
    assert.deepEqual(client.errorCodes, []);
    client.control('STOP');
    assert.equal((await client.closed).code, 1013);
    assert.deepEqual(client.errorCodes, ['SESSION_LIMIT']);
  });
});

describe('who may come in, and how', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer({
      config: `${FRAME_PER_CHARACTER}\nsecurity:\n  allowed_origins: ['https://app.example']\n`,
    });
  });
  after(() => server.stop());

  test('a request with nothing but the two upgrade headers gets its 101', async () => {
    for (const path of ['/', '/ws', '/?language=en']) {
      const { status } = await askUpgrade(`${server.url}${path}`);
      assert.equal(status, 101, path);
    }
    assert.equal((await askUpgrade(`${server.url}/elsewhere`)).status, 404);
  });

  test('a page of a foreign origin is refused before the upgrade; allowed ones and the own are not', async () => {
    const refusal = await askUpgrade(server.url, { Origin: 'https://evil.example' });
    assert.equal(refusal.status, 403);
    assert.match(refusal.body, /FORBIDDEN_ORIGIN/);
    for (const origin of ['https://app.example', server.url, 'http://localhost:3000']) {
      assert.equal((await askUpgrade(server.url, { Origin: origin })).status, 101, origin);
    }
  });

  test('a message that comes in one packet with the upgrade request is heard', async () => {
    const url = new URL(server.url);
    const socket = connect({ host: url.hostname, port: Number(url.port) });
    const payload = Buffer.from('{"type":"text","text":"Early."}');
    const mask = Buffer.alloc(4);
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload]);
    const head = [
      'GET / HTTP/1.1',
      `Host: ${url.host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), frame]));
    let seen = '';
    while (!seen.includes(`"sequence":${'Early.'.length}}`)) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      seen += chunk.toString('latin1');
    }
    assert.match(seen, /^HTTP\/1\.1 101 [^]*"type":"session_start"[^]*"sequence":1\}/u);
    socket.destroy();
  });

  test('a message larger than allowed closes its own connection with 1009 and no other', async () => {
    await using other = await WireClient.connect(server.wsUrl);
    other.say('Nobody else is touched.');
    const client = await WireClient.connect(server.wsUrl);
    client.send('x'.repeat(262_145));
    assert.equal((await client.closed).code, 1009);
    await other.frames('Nobody else is touched.'.length);
    assertSpoken(other.samples(), 'Nobody else is touched.');
  });

  test('a frame that breaks the WebSocket protocol itself ends its connection only', async () => {
    await using other = await WireClient.connect(server.wsUrl);
    const client = await WireClient.connect(server.wsUrl);
    await client.message('session_start');
    const raw = Reflect.get(client.socket, '_socket') as NodeJS.WritableStream;
    raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    assert.equal((await client.closed).code, 1002);
    other.say('Hello.');
    await other.frames('Hello.'.length);
  });
});
