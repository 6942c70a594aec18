import { processContext } from './cli-context.ts';
import { ExitCode } from './exit-code.ts';
import { runCli } from './program.ts';

// A reader that has seen enough, as in `parley config print | head`, is no failure.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

await runCli(process.argv.slice(2), processContext());

// After Ctrl-C nothing may keep the user waiting, not even a pipe that nobody reads.
const { exitCode } = process;
if (
  exitCode !== ExitCode.interrupted &&
  exitCode !== ExitCode.terminated &&
  process.stdout.writableLength > 0
) {
  await new Promise((resolve) => process.stdout.write('', resolve));
}
// What is left over must not keep the process: a stuck engine, a half-open socket.
process.exit();
