import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readResumeQuery, writeResumeQuery } from './resume-query.ts';

test('what is written is read again, beside other parameters', () => {
  const request = {
    token: fc.string({ minLength: 1, maxLength: 256 }),
    samples: fc.maxSafeNat(),
    events: fc.maxSafeNat(),
  };
  fc.assert(
    fc.property(fc.record(request, { noNullPrototype: true }), (request) => {
      const url = new URL('ws://host/?key=k');
      writeResumeQuery(url.searchParams, request);
      const { searchParams } = new URL(url.href);
      assert.equal(searchParams.get('key'), 'k');
      // A lone surrogate cannot be in a URL.
      const token = request.token.toWellFormed();
      assert.deepEqual(readResumeQuery(searchParams), { kind: 'resume', request: { ...request, token } });
    }),
  );
});

test('no token means no resume', () => {
  assert.deepEqual(readResumeQuery(new URLSearchParams('samples=1&events=2')), { kind: 'absent' });
});

test('what is missing or wrong is named', () => {
  for (const [query, field] of [
    ['resume=&samples=0&events=0', 'resume'],
    [`resume=${'x'.repeat(257)}&samples=0&events=0`, 'resume'],
    ['resume=t&events=0', 'samples'],
    ['resume=t&samples=-1&events=0', 'samples'],
    ['resume=t&samples=9007199254740992&events=0', 'samples'],
    ['resume=t&samples=0&events=1e3', 'events'],
  ] as const) {
    const result = readResumeQuery(new URLSearchParams(query));
    assert.equal(result.kind, 'invalid', query);
    assert.ok(result.problem.startsWith(`"${field}" must be`), result.problem);
  }
});
