import { processContext } from './cli-context.ts';
import { ExitCode } from './exit-code.ts';
import { runCli } from './program.ts';

await runCli(process.argv.slice(2), processContext());

// After Ctrl-C nothing may keep the user waiting, not even a pipe that nobody reads.
const { exitCode } = process;
if (exitCode === ExitCode.interrupted || exitCode === ExitCode.terminated) process.exit();
