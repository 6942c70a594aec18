import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { silentLogger } from '@parley/testkit';
import { DEFAULT_RESPONDER_LIMITS, openResponders, type Responder } from '../responder/index.ts';
import type { Logger } from './ports/logger.ts';
import { ManualResponder } from './testing/manual-responder.ts';
import { SESSION_OPTIONS } from './testing/session-options.ts';
import { push, say, SessionStage, settled } from './testing/session-stage.ts';

describe('a session whose answer fails', () => {
  let stage: SessionStage;
  let responder: ManualResponder;
  /** Warnings: what they name and their sentence. */
  let warnings: { readonly fields: object; readonly message: string }[];

  beforeEach(() => {
    responder = new ManualResponder();
    warnings = [];
    open(responder);
  });

  /** A session that this agent answers, as agents of one's own do in service. */
  function open(agent: Responder): void {
    stage = new SessionStage();
    const config = {
      mode: 'echo' as const,
      apology: 'Sorry.',
      llm: { history_limit: 20, first_token_timeout_ms: 1000, token_gap_timeout_ms: 1000, retries: 0 },
    };
    const own = { echo: agent };
    const responders = openResponders({ config, clock: stage.clock, logger: silentLogger, own });
    stage.manager = stage.makeManager(
      {
        ...SESSION_OPTIONS,
        responderFor: () => responders.of('echo'),
        apology: config.apology,
      },
      { logger: loggerOf({}) },
    );
    stage.open();
    stage.sessionOf().receiveAudio(new Uint8Array(640));
  }

  function loggerOf(bindings: object): Logger {
    return {
      ...silentLogger,
      warn: (fields, message) => warnings.push({ fields: { ...bindings, ...fields }, message }),
      child: (more) => loggerOf({ ...bindings, ...more }),
    };
  }

  async function userSays(text: string): Promise<void> {
    stage.ears?.listener.onTranscript({ turnId: 't1', text, isFinal: true });
    await settled();
  }

  function errors(): readonly string[] {
    return stage.told('error').map(({ code, message }) => `${code}: ${message}`);
  }

  const NOTHING = 'RESPONDER_FAILED: No answer could be made';
  const BROKEN_OFF = 'RESPONDER_FAILED: The answer could not be finished';

  for (const [what, act] of [
    ['fails', () => responder.fail()],
    ['answers nothing', () => responder.say(undefined)],
    [
      'answers nothing that can be said',
      async () => {
        for (const piece of ['  \n', ' 😀😀', ' **']) await responder.say(piece);
        await responder.say(undefined);
      },
    ],
  ] as const) {
    test(`because it ${what} tells of it and apologizes`, async () => {
      await userSays('hello');
      await act();
      assert.deepEqual(errors(), [NOTHING]);
      assert.equal(stage.asked(0).text, 'Sorry.');
    });
  }

  test('in mid-answer still says what there was', async () => {
    await userSays('hello');
    await responder.say('Half an answer');
    await responder.fail();
    assert.deepEqual(errors(), [BROKEN_OFF]);
    assert.equal(stage.asked(0).text, 'Half an answer');
    assert.equal(stage.speech.asked.length, 1);
  });

  test('tells its client nothing of what is behind it, and the log all with the id of the session', async () => {
    await userSays('hello');
    await responder.fail('10.0.0.7:11434 answered 401: {"secret":1}');
    assert.deepEqual(errors(), [NOTHING]);
    assert.equal(warnings.length, 1);
    const [warning] = warnings;
    assert.ok(warning !== undefined);
    const { fields, message } = warning;
    assert.equal(message, 'an answer failed');
    assert.ok('session_id' in fields && fields.session_id === 'id-1');
    assert.ok('err' in fields && fields.err instanceof Error);
    assert.equal(fields.err.message, '10.0.0.7:11434 answered 401: {"secret":1}');
  });

  test('to be spoken stops the responder, and the failed answer stands in for nothing that is said later', async () => {
    await userSays('tell me a story');
    await responder.say('Once upon a time');
    stage.clock.advance(SESSION_OPTIONS.textFlushMs);
    stage.asked(0).finish({ kind: 'failed', message: 'died' });
    await settled();
    stage.clock.advance(100);
    assert.deepEqual(
      stage.told('utterance_end').map(({ reason }) => reason),
      ['failed'],
    );
    assert.equal(responder.asked[0]?.signal.aborted, true);
    await responder.say(' there was a king.');
    stage.attend(say('An announcement.'));
    await userSays('and then');
    assert.equal(responder.asked.length, 2);
    assert.equal(stage.asked(1).cancelled, false, 'it is no answer: a question does not take its place');
  });

  test('because it hangs apologizes in time, and tells it to stop', async () => {
    await userSays('hello');
    stage.clock.advance(DEFAULT_RESPONDER_LIMITS.firstTokenTimeoutMs - 1);
    await settled();
    assert.deepEqual(errors(), []);
    stage.clock.advance(1);
    await settled();
    assert.deepEqual(errors(), [NOTHING]);
    assert.equal(stage.asked(0).text, 'Sorry.');
    assert.equal(responder.asked[0]?.signal.aborted, true);
  });

  test('because it hangs in mid-answer says what there is, and the next question is answered', async () => {
    await userSays('hello');
    await responder.say('Well');
    stage.clock.advance(DEFAULT_RESPONDER_LIMITS.tokenGapTimeoutMs);
    await settled();
    assert.deepEqual(errors(), [BROKEN_OFF]);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(100);
    await userSays('are you there');
    await responder.say('Yes.');
    await responder.say(undefined);
    assert.equal(stage.asked(1).text, 'Yes.');
    assert.equal(errors().length, 1);
  });

  test('because its answer has no end is cut, and speaks of it more than a client may send at once', async () => {
    let isEnded = false;
    open({
      async *respond(): AsyncGenerator<string> {
        try {
          for (;;) yield 'x'.repeat(900);
        } finally {
          isEnded = true;
        }
      },
    });
    await userSays('hello');
    assert.deepEqual(errors(), [BROKEN_OFF]);
    assert.equal(isEnded, true);
    assert.equal(stage.asked(0).text.length, DEFAULT_RESPONDER_LIMITS.maxCharacters);
  });

  describe('because what was said could not be transcribed', () => {
    function speaks(what: 'a sentence' | 'a word' | 'a cough'): void {
      const listener = stage.ears?.listener;
      listener?.onSpeechStarted(1000, 1150);
      if (what === 'a sentence') listener?.onSpeechSustained();
      if (what === 'a word') listener?.onTranscript({ turnId: 't1', text: 'yes', isFinal: false });
      listener?.onSpeechStopped(2000);
      listener?.onTranscriptionFailed('what was said is lost');
    }

    for (const what of ['a sentence', 'a word'] as const) {
      test(`apologizes for ${what}, and answers the next one`, async () => {
        speaks(what);
        assert.deepEqual(errors(), ['TRANSCRIPTION_FAILED: what was said is lost']);
        assert.equal(stage.asked(0).text, 'Sorry.');
        await userSays('hello');
        assert.equal(stage.asked(0).cancelled, true);
        await responder.say('Hi.');
        await responder.say(undefined);
        assert.equal(stage.asked(1).text, 'Hi.');
      });
    }

    test('does not for a cough, nor where nothing answers, nor without an apology', () => {
      speaks('a cough');
      const speechless = { ...SESSION_OPTIONS, apology: 'Sorry.' };
      const silent = { ...SESSION_OPTIONS, responderFor: () => responder, apology: '' };
      for (const options of [speechless, silent]) {
        stage = new SessionStage();
        stage.manager = stage.makeManager(options);
        stage.open();
        stage.sessionOf().receiveAudio(new Uint8Array(640));
        speaks('a sentence');
        assert.deepEqual(errors(), ['TRANSCRIPTION_FAILED: what was said is lost']);
        assert.equal(stage.speech.asked.length, 0);
      }
    });

    test('does not interrupt who speaks on', () => {
      const listener = stage.ears?.listener;
      listener?.onSpeechStarted(1000, 1150);
      listener?.onSpeechSustained();
      listener?.onTranscriptionFailed('what was said is lost');
      assert.equal(stage.speech.asked.length, 0);
      listener?.onSpeechStopped(2000);
      listener?.onTranscriptionFailed('what was said is lost');
      assert.equal(stage.asked(0).text, 'Sorry.');
    });

    test('goes on instead with the answer that was interrupted', async () => {
      await userSays('tell me a story');
      await responder.say('Once upon a time there was a king.');
      await responder.say(undefined);
      push(stage.asked(0).sink, 20);
      stage.clock.advance(100);
      speaks('a sentence');
      assert.deepEqual(
        stage.speech.asked.map(({ text }) => text.includes('Sorry')),
        [false, false],
      );
    });
  });
});
