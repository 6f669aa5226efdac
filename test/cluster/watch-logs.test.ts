import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../kubernetes/test-cluster.ts';
import { kdevEnv, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const files = {
  // Never the same: a step whose result is kept from an earlier time prints nothing.
  Dockerfile: `FROM python:3.11-slim\nRUN echo said by the build ${randomUUID()}\n`,
  'dev.config.ts': `import { defineConfig } from 'kdev';
export default defineConfig({
  name: 'watchlogs',
  manifests: 'k8s.yaml',
  services: { web: { build: {}, sync: { app: '/srv/app' }, restart: ['app/*.py'] } },
});
`,
  'app/server.py': `import time
print("first", flush=True)
while True:
    time.sleep(3600)
`,
};

let project: TestProject;

beforeAll(async () => {
  project = await makeProject('layer', 'watch-logs');
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project.dir, name)), { recursive: true });
    await writeFile(path.join(project.dir, name), content);
  }
  await project.edit('k8s.yaml', 'image: python:3.11-slim', 'image: web');
});
afterAll(() => project?.remove());

it('a watch tells what apps and builds print, from its beginning, each line once', async () => {
  const watching = new Watching(project.dir, project.flags);
  try {
    const built = await watching.event('log', ({ line }) => line.includes('said by the build'));
    expect(built).toMatchObject({ service: 'web', source: 'build', replica: '' });
    await watching.event('log', ({ line, source }) => line === 'first' && source === undefined);
    await watching.event('ready');
    await project.edit('app/server.py', '"first"', '"second"');
    const second = await watching.event('log', ({ line }) => line === 'second');
    expect(second.replica).toMatch(/^web-/);
    expect(Date.parse(second.at)).toBeGreaterThan(0);
    const said = watching.since(0, 'log').filter(({ source }) => source === undefined);
    expect(said.map(({ line }) => line)).toEqual(['first', 'second']);
  } finally {
    expect(await watching.stop()).toBe(130);
  }
});

it('a watch that comes later tells only what is printed from then on', async () => {
  const watching = new Watching(project.dir, project.flags);
  try {
    await watching.event('ready');
    await project.edit('app/server.py', '"second"', '"third"');
    await watching.event('log', ({ line }) => line === 'third');
    expect(watching.since(0, 'log').map(({ line }) => line)).toEqual(['third']);
  } finally {
    await watching.stop();
  }
});

it('X5: without a terminal there are plain lines, with what the apps print unless --no-logs', async () => {
  const executable = path.resolve(import.meta.dirname, '..', '..', 'bin', 'kdev');
  const watch = (...more: readonly string[]) => {
    const args = [executable, 'watch', ...project.flags, ...more];
    const child = spawn(process.execPath, args, { cwd: project.dir, env: kdevEnv() });
    const shown = { text: '' };
    child.stdout.on('data', (chunk) => {
      shown.text += chunk;
    });
    const closed = new Promise((resolve) => child.on('close', resolve));
    return { shown, end: () => void child.kill('SIGINT'), closed };
  };
  const first = watch();
  await until(() => first.shown.text.includes('ready:') || undefined);
  await project.edit('app/server.py', '"third"', '"fourth"');
  await until(() => /web-\S+ │ fourth\n/.test(first.shown.text) || undefined);
  first.end();
  await first.closed;
  const second = watch('--no-logs');
  await until(() => second.shown.text.includes('ready:') || undefined);
  await project.edit('app/server.py', '"fourth"', '"fifth"');
  await until(
    () => (/live after/.test(second.shown.text) && second.shown.text.includes('restarted')) || undefined,
  );
  second.end();
  await second.closed;
  expect(second.shown.text).not.toContain('│ fifth');
});
