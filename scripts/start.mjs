// `npm start`: sets the repository up when needed, then runs the server on the Node it pins.
// Arguments go on to `parley start`: npm start -- --port 9000
import { join } from 'node:path';
import { ensureInstalled, pinnedNode, repositoryRoot } from './ensure-installed.mjs';
import { exitLike } from './run-child.mjs';
import { superviseServer } from './supervise.mjs';

const failure = await ensureInstalled();
if (failure === undefined) exitLike(await start(process.argv.slice(2)));
else process.exitCode = failure;

function start(args) {
  const namesConfig = args.some((arg) => /^(--config(=|$)|-c)/.test(arg));
  const env = { ...process.env };
  if (!namesConfig && !env.CONFIG_PATH) env.CONFIG_PATH = join(repositoryRoot, 'configs', 'local.yaml');
  const main = join(repositoryRoot, 'packages', 'cli', 'src', 'main.ts');
  return superviseServer(pinnedNode(), [main, 'start', ...args], { env });
}
