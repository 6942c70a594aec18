import { Conversation } from './conversation.js';
import { Player } from './player.js';

const MAX_LOG_LINES = 200;
/** After this long no frame of a stopped utterance can still be on its way. */
const STOP_SETTLES_MS = 1000;

const STATES = {
  connecting: 'Connecting',
  listening: 'Ready',
  speaking: 'Speaking',
  paused: 'Paused',
  disconnected: 'Not connected',
};

const END_REASONS = {
  completed: 'it was completed',
  client_disconnect: 'the client left',
  idle_timeout: 'nothing was said for a while',
  max_duration: 'it reached its longest duration',
  server_shutdown: 'the server is shutting down',
  error: 'of an error',
};

const element = (id) => document.getElementById(id);
const [form, text, stateLabel, log] = ['form', 'text', 'state', 'log'].map(element);
const [pauseButton, resumeButton, stopButton, reconnectButton] = ['pause', 'resume', 'stop', 'reconnect'].map(
  element,
);
const [latency, frames, gaps] = ['latency', 'frames', 'gaps'].map(element);

const address = new URL('./', location.href);
address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
address.search = '';
address.hash = '';
element('address').textContent = address.href;

const player = new Player();
let conversation;
/** @type {'connecting' | 'open' | 'closed'} */
let connection = 'connecting';
let serverState = 'LISTENING';
let paused = false;
/** Audio is being dropped until the server has taken note of a STOP. */
let stoppedAtMs;
/** When the text was sent whose first frame is awaited. */
let sentAtMs;
/** Text to send as soon as there is a connection. */
let waitingText;
let inUtterance = false;
let expectFollowing = false;
let lastSequence = 0;
let frameCount = 0;
let gapCount = 0;

function connect() {
  connection = 'connecting';
  serverState = 'LISTENING';
  lastSequence = 0;
  stoppedAtMs = undefined;
  const current = new Conversation(address.href, {
    session_start(message) {
      connection = 'open';
      write('note', `Session ${message.session_id} began`);
      if (waitingText !== undefined) say(waitingText);
      waitingText = undefined;
      show();
    },
    audio: hear,
    state(message) {
      serverState = message.state;
      if (serverState !== 'SPEAKING') stoppedAtMs = undefined;
      show();
    },
    utterance_start() {
      inUtterance = true;
      expectFollowing = false;
    },
    utterance_end(message) {
      inUtterance = false;
      stoppedAtMs = undefined;
      if (message.reason !== 'completed') write('note', `Utterance ${message.reason}`);
    },
    error(message) {
      sentAtMs = undefined;
      write('error', `${message.code}: ${message.message}`);
    },
    session_end(message) {
      write('note', `Session ended because ${END_REASONS[message.reason] ?? message.reason}`);
    },
    closed(event) {
      if (conversation !== current) return;
      disconnected(event);
    },
  });
  conversation = current;
  show();
}

function disconnected({ code, reason, opened }) {
  connection = 'closed';
  sentAtMs = undefined;
  inUtterance = false;
  if (paused) unpause();
  if (!opened)
    write('error', 'No connection: the server is not running, is full, or does not allow this page');
  else if (code !== 1000) write('error', `Connection closed (${code}${reason === '' ? '' : `, ${reason}`})`);
  if (waitingText !== undefined && text.value === '') text.value = waitingText;
  waitingText = undefined;
  show();
}

function hear(pcm, message) {
  if (stoppedAtMs !== undefined && performance.now() - stoppedAtMs < STOP_SETTLES_MS) {
    lastSequence = message.sequence;
    return;
  }
  stoppedAtMs = undefined;
  if (sentAtMs !== undefined) {
    latency.textContent = `${Math.round(performance.now() - sentAtMs)} ms`;
    sentAtMs = undefined;
  }
  const follows = player.play(pcm, message.sample_rate);
  const missing = lastSequence > 0 && message.sequence !== lastSequence + 1;
  if (missing || (inUtterance && expectFollowing && !follows)) gapCount += 1;
  expectFollowing = true;
  lastSequence = message.sequence;
  frameCount += 1;
  frames.textContent = String(frameCount);
  gaps.textContent = String(gapCount);
}

function say(spoken) {
  if (serverState === 'LISTENING' && !paused) sentAtMs = performance.now();
  conversation.say(spoken);
}

function speak() {
  const spoken = text.value.trim();
  if (spoken === '') {
    text.focus();
    return;
  }
  void player.unlock();
  write('said', spoken);
  text.value = '';
  text.focus();
  if (conversation.ready) {
    say(spoken);
    return;
  }
  waitingText = waitingText === undefined ? spoken : `${waitingText}\n${spoken}`;
  if (connection === 'closed') connect();
}

function pause() {
  paused = true;
  conversation.control('PAUSE');
  void player.pause();
  show();
}

function unpause() {
  paused = false;
  void player.resume();
}

function resume() {
  conversation.control('RESUME');
  unpause();
  show();
}

function stop() {
  if (!isBusy()) return;
  if (serverState === 'SPEAKING') stoppedAtMs = performance.now();
  sentAtMs = undefined;
  conversation.control('STOP');
  player.clear();
  // Stopping ends a pause as well; who wants to speak next wants to hear it.
  if (paused) resume();
  show();
}

function isBusy() {
  if (connection !== 'open') return false;
  return paused || serverState === 'SPEAKING' || sentAtMs !== undefined || player.waitingSeconds > 0;
}

/** @returns {keyof typeof STATES} */
function currentState() {
  if (connection === 'connecting') return 'connecting';
  if (connection === 'closed') return 'disconnected';
  if (paused) return 'paused';
  return serverState === 'SPEAKING' ? 'speaking' : 'listening';
}

function show() {
  const state = currentState();
  stateLabel.dataset.state = state;
  stateLabel.textContent = STATES[state];
  pauseButton.disabled = connection !== 'open' || paused;
  resumeButton.disabled = !paused;
  stopButton.disabled = connection !== 'open';
  reconnectButton.hidden = state !== 'disconnected';
}

function write(kind, line) {
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  const item = document.createElement('li');
  item.dataset.kind = kind;
  item.textContent = line;
  log.append(item);
  while (log.childElementCount > MAX_LOG_LINES) log.firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  speak();
});
text.addEventListener('keydown', (event) => {
  // While an input method composes a word, Enter belongs to it.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  speak();
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') stop();
});
pauseButton.addEventListener('click', pause);
resumeButton.addEventListener('click', resume);
stopButton.addEventListener('click', stop);
reconnectButton.addEventListener('click', () => {
  connect();
  text.focus();
});

connect();
