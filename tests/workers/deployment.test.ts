import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@parley/orchestrator';
import { runParley } from '../../packages/cli/src/testing/run-parley.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// The parser of the configuration: it is no dependency of the repository itself.
const { parse } = createRequire(new URL('../../packages/orchestrator/package.json', import.meta.url))(
  'yaml',
) as { parse: (text: string) => unknown };

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose = parse(read('deploy/compose.yaml')) as {
  readonly services: Readonly<Record<string, Service>>;
};
const dockerfile = read('deploy/Dockerfile');

test('every configuration in configs/ is valid', () => {
  const files = readdirSync(join(root, 'configs')).filter((name) => name.endsWith('.yaml'));
  assert.ok(files.includes('two-workers.yaml') && files.includes('fleet.yaml'));
  for (const file of files) {
    const loaded = loadConfig({ path: join(root, 'configs', file), env: {} });
    assert.deepEqual(loaded.kind === 'invalid' ? loaded.problems : [], [], file);
  }
});

test('the services of the compose file fit together and their images have what is built', () => {
  assert.deepEqual(parse(read('compose.yaml')), { include: ['deploy/compose.yaml'] });
  const { services } = compose;
  assert.deepEqual(Object.keys(services).toSorted(), ['orchestrator', 'redis', 'worker']);
  for (const [name, { build, image, depends_on: needs = {} }] of Object.entries(services)) {
    assert.ok(image !== undefined || build !== undefined, name);
    for (const other of Object.keys(needs)) assert.ok(services[other], `${name} needs ${other}`);
    if (build === undefined) continue;
    const context = join(root, 'deploy', build.context);
    assert.ok(existsSync(join(context, build.dockerfile)), build.dockerfile);
    assert.match(dockerfile, new RegExp(`^FROM \\S+ AS ${build.target}$`, 'mu'));
  }
  const redisUrls = [services['worker'], services['orchestrator']].map(
    (service) => service?.environment?.['REDIS_URL'],
  );
  assert.deepEqual(redisUrls, ['redis://redis:6379', 'redis://redis:6379']);
  for (const port of Object.values(services).flatMap(({ ports = [] }) => ports))
    assert.match(port, /^127\.0\.0\.1:/);
});

test('every command of the images is one of the CLI, with flags that it knows and files that are there', async () => {
  const entry = /^ENTRYPOINT (.*)$/mu.exec(dockerfile)?.[1] ?? '[]';
  const [program, main = ''] = JSON.parse(entry) as string[];
  assert.equal(program, 'node');
  assert.ok(existsSync(join(root, main)), main);
  const fromFile = [...dockerfile.matchAll(/^CMD (.*)$/gmu)].map(
    ([, list = '[]']) => JSON.parse(list) as string[],
  );
  const fromCompose = ['worker', 'orchestrator'].map((name) => compose.services[name]?.command ?? []);
  const commands = [...fromFile, ...fromCompose];
  assert.equal(commands.length, 4);
  for (const [name = '', ...args] of commands) {
    const help = await runParley([name, '--help']);
    assert.equal(help.code, 0, name);
    for (const flag of args.filter((arg) => arg.startsWith('--'))) {
      assert.ok(help.stdout.toString().includes(`${flag} `), `${name} has no ${flag}`);
    }
    const config = args[args.indexOf('--config') + 1] ?? '';
    if (args.includes('--config')) assert.ok(existsSync(join(root, config)), config);
  }
});

test('what is copied between the stages of the image comes from stages before', () => {
  const stages = new Set<string>();
  for (const [, from = '', name = '', copied] of dockerfile.matchAll(
    /^FROM (\S+) AS (\S+)$|^COPY --from=(\S+)/gmu,
  )) {
    if (copied !== undefined) assert.ok(stages.has(copied), copied);
    else {
      assert.ok(stages.has(from) || from.startsWith('node:24'), from);
      stages.add(name);
    }
  }
  assert.deepEqual([...stages], ['installed', 'base', 'worker', 'orchestrator']);
  const ignored = readFileSync(join(root, 'deploy', 'Dockerfile.dockerignore'), 'utf8').split('\n');
  for (const needed of ['packages', 'configs', 'package.json']) assert.ok(!ignored.includes(needed));
});
