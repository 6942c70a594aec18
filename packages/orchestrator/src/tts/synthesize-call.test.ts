import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { FakeClock } from '@parley/testkit';
import { AudioFrame, type ReceivedAudio } from '@parley/worker-api';
import { prefixedMessage } from './grpc/message-reader.ts';
import { StreamConnection } from './grpc/stream-connection.ts';
import { SynthesizeCall, type SynthesizeReceiver } from './synthesize-call.ts';

const OK = { ':status': 200, 'content-type': 'application/grpc' };
const OK_TRAILERS = { 'grpc-status': '0' };

interface Server {
  readonly server: Http2Server;
  readonly connection: StreamConnection;
  readonly sessions: ServerHttp2Session[];
  readonly sockets: Socket[];
}

async function serve(t: TestContext, answer: (stream: ServerHttp2Stream) => void): Promise<Server> {
  const server = createServer();
  const sessions: ServerHttp2Session[] = [];
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.resume();
    answer(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = new StreamConnection({ host: '127.0.0.1', port, secure: false });
  t.after(() => {
    connection.close();
    server.close();
  });
  return { server, connection, sessions, sockets };
}

class Receiver implements SynthesizeReceiver {
  readonly sequences: number[] = [];
  readonly garbage: unknown[] = [];
  readonly ended: Promise<readonly [status, string]>;
  onFrame: (frame: ReceivedAudio) => void = () => {};
  #end: (end: readonly [status, string]) => void = () => {};

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  onGarbage(cause: unknown): void {
    this.garbage.push(cause);
    this.#end([status.CANCELLED, 'garbage']);
  }

  onEnd(code: status, details: string): void {
    this.#end([code, details]);
  }
}

function call(connection: StreamConnection, receiver: Receiver, clock = new FakeClock()): SynthesizeCall {
  const made = new SynthesizeCall(connection, clock, receiver);
  receiver.onFrame = ({ audioData }) => {
    receiver.sequences.push(audioData[0] ?? -1);
    made.read();
  };
  made.start({ sessionId: 's1', text: 'Hello.' });
  return made;
}

function message(first: number): Buffer {
  const frame = { sessionId: '', audioData: Buffer.alloc(1920, first), sampleRate: 48_000 };
  const rest = { frameDurationMs: 0, sequenceNumber: 0, isFinal: false, marks: [], textSequence: 0 };
  return prefixedMessage(AudioFrame.encode({ ...frame, ...rest }).finish());
}

test('messages that share data with others, or are cut in two, come one by one', async (t) => {
  const { connection } = await serve(t, (stream) => {
    stream.respond(OK, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(OK_TRAILERS));
    const data = Buffer.concat([message(1), message(2), message(3)]);
    stream.write(data.subarray(0, 2500));
    stream.end(data.subarray(2500));
  });
  const receiver = new Receiver();
  call(connection, receiver);
  assert.deepEqual(await receiver.ended, [status.OK, '']);
  assert.deepEqual(receiver.sequences, [1, 2, 3]);
});

for (const [how, last] of [
  ['reports an error', (stream: ServerHttp2Stream): void => void stream.end()],
  [
    'loses its connection',
    (_stream: ServerHttp2Stream, socket: Socket | undefined): void => void socket?.end(),
  ],
] as const) {
  test(`what had come of an answer is handed on when the worker ${how}, however late it is asked for`, async (t) => {
    const { connection, sockets } = await serve(t, (stream) => {
      stream.respond(OK, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '14' }));
      const data = Buffer.concat(Array.from({ length: 30 }, (_, index) => message(index)));
      stream.write(data, () => last(stream, sockets.at(-1)));
    });
    const receiver = new Receiver();
    const made = new SynthesizeCall(connection, new FakeClock(), receiver);
    const { promise: first, resolve: onFirst } = Promise.withResolvers<void>();
    receiver.onFrame = ({ audioData }) => {
      receiver.sequences.push(audioData[0] ?? -1);
      onFirst();
    };
    made.start({ sessionId: 's1', text: 'Hello.' });
    await first;
    const soon = (): Promise<undefined> => new Promise((resolve) => setImmediate(() => resolve(undefined)));
    let end: Awaited<typeof receiver.ended> | undefined;
    for (; end === undefined; end = await Promise.race([receiver.ended, soon()])) made.read();
    assert.equal(end[0], status.UNAVAILABLE);
    assert.deepEqual(
      receiver.sequences,
      Array.from({ length: 30 }, (_, index) => index),
    );
  });
}

test('an answer whose connection is cut is whole or no success', async (t) => {
  const { promise: sent, resolve: onSent } = Promise.withResolvers<void>();
  const { connection, sockets } = await serve(t, (stream) => {
    stream.respond(OK, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers(OK_TRAILERS);
      onSent();
    });
    stream.end(Buffer.concat(Array.from({ length: 60 }, (_, index) => message(index))));
  });
  const receiver = new Receiver();
  const made = call(connection, receiver);
  const { onFrame } = receiver;
  let isHeld = true;
  receiver.onFrame = (frame) => {
    if (isHeld) receiver.sequences.push(frame.audioData[0] ?? -1);
    else onFrame(frame);
  };
  await sent;
  while (receiver.sequences.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (const socket of sockets) socket.destroy();
  isHeld = false;
  made.read();
  const [code] = await receiver.ended;
  assert.equal(
    code === status.OK,
    receiver.sequences.length === 60,
    `${status[code]} ${receiver.sequences.length}`,
  );
});

test('what is not asked for waits, and so does the end behind it', async (t) => {
  const { promise: sent, resolve: onSent } = Promise.withResolvers<void>();
  const { connection } = await serve(t, (stream) => {
    stream.respond(OK, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers(OK_TRAILERS);
      onSent();
    });
    stream.end(Buffer.concat([message(1), message(2)]));
  });
  const receiver = new Receiver();
  const made = new SynthesizeCall(connection, new FakeClock(), receiver);
  const { promise: first, resolve: onFirst } = Promise.withResolvers<void>();
  receiver.onFrame = ({ audioData }) => {
    receiver.sequences.push(audioData[0] ?? -1);
    onFirst();
  };
  let isOver = false;
  void receiver.ended.then(() => (isOver = true));
  made.start({ sessionId: 's1', text: 'Hello.' });
  await Promise.all([first, sent]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(receiver.sequences, [1]);
  assert.equal(isOver, false);
  made.read();
  made.read();
  assert.deepEqual(await receiver.ended, [status.OK, '']);
  assert.deepEqual(receiver.sequences, [1, 2]);
});

test('a worker is told the end of what was said before, whatever signs are in it', async (t) => {
  const { connection, server } = await serve(t, (stream) => stream.close());
  const told: unknown[] = [];
  server.on('stream', (_stream, headers) => told.push(headers['parley-previous-text']));
  for (const previousText of ['', 'Café. ', `😀${'x'.repeat(63)}`]) {
    const receiver = new Receiver();
    const made = new SynthesizeCall(connection, new FakeClock(), receiver);
    made.start({ sessionId: 's1', text: 'Hello.', previousText });
    await receiver.ended;
  }
  assert.deepEqual(told, [undefined, 'Caf%C3%A9.%20', `%EF%BF%BD${'x'.repeat(63)}`]);
});

test('a web server that stands in the way is not taken for a worker', async (t) => {
  const { connection } = await serve(t, (stream) => {
    stream.respond({ ':status': 503, 'content-type': 'text/html' });
    stream.end('<html>Service Unavailable</html>');
  });
  const receiver = new Receiver();
  call(connection, receiver);
  const [code] = await receiver.ended;
  assert.equal(status[code], 'UNAVAILABLE');
  assert.deepEqual(receiver.garbage, []);
});

test('an error in place of any data says what the worker said', async (t) => {
  const { connection } = await serve(t, (stream) => {
    stream.respond({ ...OK, 'grpc-status': '5', 'grpc-message': 'no%20such%20session' }, { endStream: true });
  });
  const receiver = new Receiver();
  call(connection, receiver);
  assert.deepEqual(await receiver.ended, [status.NOT_FOUND, 'no such session']);
});

test('a message cut short by a good end is none', async (t) => {
  const { connection } = await serve(t, (stream) => {
    stream.respond(OK, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(OK_TRAILERS));
    stream.end(message(1).subarray(0, 100));
  });
  const receiver = new Receiver();
  call(connection, receiver);
  assert.deepEqual(await receiver.ended, [status.INTERNAL, 'the last message is cut short']);
});

test('a lost connection ends its calls, and the next call makes another', async (t) => {
  const { connection, sessions } = await serve(t, (stream) => {
    stream.respond(OK);
    stream.write(message(sessions.length));
  });
  for (const turn of [1, 2]) {
    const receiver = new Receiver();
    const { promise: first, resolve: onFirst } = Promise.withResolvers<void>();
    const made = new SynthesizeCall(connection, new FakeClock(), receiver);
    receiver.onFrame = ({ audioData }) => {
      receiver.sequences.push(audioData[0] ?? -1);
      onFirst();
    };
    made.start({ sessionId: 's1', text: 'Hello.' });
    await first;
    sessions.at(-1)?.destroy();
    const [code] = await receiver.ended;
    assert.equal(status[code], 'UNAVAILABLE');
    assert.deepEqual(receiver.sequences, [turn]);
  }
});

test('a worker that cuts its connections, or refuses new ones, is not there', async (t) => {
  const { connection, server, sockets } = await serve(t, () => void sockets.at(-1)?.resetAndDestroy());
  const cut = new Receiver();
  call(connection, cut);
  assert.equal(status[(await cut.ended)[0]], 'UNAVAILABLE');
  server.close();
  await once(server, 'close');
  const refused = new Receiver();
  call(connection, refused);
  const [code, details] = await refused.ended;
  assert.equal(status[code], 'UNAVAILABLE');
  assert.match(details, /ECONNREFUSED/u);
});

test('a worker that resets a call with an error of its own has failed', async (t) => {
  const { connection } = await serve(t, (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  const receiver = new Receiver();
  call(connection, receiver);
  assert.equal(status[(await receiver.ended)[0]], 'INTERNAL');
});

test('a worker that sends on after all it was asked for is stopped', async (t) => {
  const { promise: reset, resolve: onReset } = Promise.withResolvers<number>();
  const { connection } = await serve(t, (stream) => {
    stream.respond(OK);
    stream.write(message(1));
    stream.on('close', () => onReset(stream.rstCode));
    stream.on('error', () => {});
    setImmediate(() => stream.write(message(2)));
  });
  const receiver = new Receiver();
  const clock = new FakeClock();
  const made = new SynthesizeCall(connection, clock, receiver);
  receiver.onFrame = () => made.release();
  made.start({ sessionId: 's1', text: 'Hello.' });
  assert.equal(await reset, 8);
  assert.equal(clock.pending, 0);
});
