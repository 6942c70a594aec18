import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLine, talkCommands, talkHelp } from './parse-line.ts';

test('a line is text, a command, an unknown command or nothing', () => {
  assert.deepEqual(parseLine(' Hello there '), { kind: 'text', text: 'Hello there' });
  assert.deepEqual(parseLine('/STOP '), { kind: 'command', name: 'stop' });
  assert.deepEqual(parseLine('  \t'), { kind: 'blank' });
  assert.deepEqual(parseLine('/dance now'), { kind: 'unknown', word: '/dance' });
  assert.deepEqual(parseLine('/constructor'), { kind: 'unknown', word: '/constructor' });
});

test('two slashes begin a text with one', () => {
  assert.deepEqual(parseLine('//etc'), { kind: 'text', text: '/etc' });
});

test('the help names every command', () => {
  for (const name of Object.keys(talkCommands)) assert.match(talkHelp(), new RegExp(`/${name} `));
});
