const EVENTS = ['state', 'utterance_start', 'utterance_end'];

/**
 * One connection to the server: the base dialect, JSON both ways.
 *
 * `handlers` has a function for each type of message, called with the message; `audio` gets
 * `(pcm: Uint8Array, message)`, and `closed` gets `({ code, reason, opened })` once, at the end.
 */
export class Conversation {
  #socket;
  #handlers;
  #opened = false;

  constructor(url, handlers, createSocket = (address) => new WebSocket(address)) {
    this.#handlers = handlers;
    this.#socket = createSocket(url);
    this.#socket.addEventListener('message', (event) => this.#receive(event.data));
    this.#socket.addEventListener('close', (event) =>
      handlers.closed({ code: event.code, reason: event.reason, opened: this.#opened }),
    );
  }

  /** Whether the server has greeted us and the connection stands. */
  get ready() {
    return this.#opened && this.#socket.readyState === 1;
  }

  say(text) {
    this.#send({ type: 'text', text, is_final: true });
  }

  /** @param {'PAUSE' | 'RESUME' | 'STOP'} command */
  control(command) {
    this.#send({ type: 'control', command });
  }

  close() {
    this.#socket.close(1000);
  }

  #send(message) {
    if (this.#socket.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #receive(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      this.#handlers.error({
        code: 'CONNECTION_ERROR',
        message: 'The server sent something that is not JSON',
      });
      return;
    }
    if (message.type === 'session_start') {
      this.#opened = true;
      this.#send({ type: 'subscribe', events: EVENTS });
    }
    if (message.type === 'audio') this.#handlers.audio(decodeBase64(message.pcm), message);
    else if (Object.hasOwn(this.#handlers, message.type)) this.#handlers[message.type](message);
  }
}

function decodeBase64(text) {
  if (typeof Uint8Array.fromBase64 === 'function') return Uint8Array.fromBase64(text);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
