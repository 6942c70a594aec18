// `npm test`: sets the repository up when needed, then runs all tests, or the files given:
// npm test -- packages/audio/src/wav.test.ts --test-name-pattern=header
import { ensureInstalled, pinnedNode, repositoryRoot } from './ensure-installed.mjs';
import { ensureTestTools } from './ensure-test-tools.mjs';
import { exitLike, runChild } from './run-child.mjs';

const allTests = ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'];

// A test that hangs is a failure, not a reason to wait for ever.
const timeoutMs = 300_000;

const failure = (await ensureInstalled()) ?? (await ensureTestTools());
if (failure === undefined) exitLike(await runTests(process.argv.slice(2)));
else process.exitCode = failure;

function runTests(args) {
  const options = args.filter((arg) => arg.startsWith('-'));
  const files = args.filter((arg) => !arg.startsWith('-'));
  const defaults = ['--test-concurrency=2', `--test-timeout=${timeoutMs}`];
  return runChild(
    pinnedNode(),
    ['--test', ...defaults, ...options, ...(files.length > 0 ? files : allTests)],
    { cwd: repositoryRoot },
  );
}
