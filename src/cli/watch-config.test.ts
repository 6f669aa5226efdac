import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { seeEvent } from '../../test/events/valid-event.ts';
import { KdevError } from '../core/error.ts';
import type { KdevEvent } from '../core/event.ts';
import type { OpenProject } from './open-project.ts';
import { watchConfig } from './watch-config.ts';

let folder: string;
let file: string;
const ended = new AbortController();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kdev-config-'));
  file = path.join(folder, 'dev.config.ts');
});

afterEach(() => {
  ended.abort();
  rmSync(folder, { recursive: true, force: true });
});

it('a configuration that changes is a problem until it says what it said before, and what is wrong with it is told', async () => {
  let text = 'one';
  const write = (content: string): void => {
    text = content;
    writeFileSync(file, `${content}\n`);
  };
  // The name of the project is the first word of the file.
  const read = async (): Promise<OpenProject> => {
    const [name = ''] = text.split(' ');
    if (name === 'wrong') {
      const facts = { what: 'It is wrong.', why: 'Because.', where: 'dev.config.ts:3' };
      throw new KdevError({ code: 'config-invalid', fault: 'user', ...facts });
    }
    const builder = { namespace: 'kdev-builder', cacheSize: '20Gi' };
    const project = { name, root: folder, configFile: file, environments: [], services: [], builder };
    return { project, environment: {} as OpenProject['environment'], configFiles: [file] };
  };
  const problems: Extract<KdevEvent, { event: 'problem' }>[] = [];
  const bus = {
    emit: (event: KdevEvent) => {
      seeEvent({ ...event, time: new Date().toISOString() });
      if (event.event === 'problem') problems.push(event);
    },
  };
  const told = (count: number) => vi.waitFor(() => expect(problems).toHaveLength(count), { timeout: 10_000 });
  write('one');
  const loads = vi.fn(read);
  watchConfig({ opened: await read(), load: loads, bus, signal: ended.signal, everyMs: 20 });

  write('one with a comment');
  await vi.waitFor(() => expect(loads).toHaveBeenCalledTimes(1), { timeout: 10_000 });
  write('two');
  await told(1);
  expect(problems[0]).toMatchObject({ key: 'config', code: 'config-changed', resolved: false });
  write('wrong');
  await told(2);
  expect(problems[1]).toMatchObject({
    key: 'config',
    code: 'config-invalid',
    message: 'It is wrong.\nBecause.',
    path: 'dev.config.ts:3',
    resolved: false,
  });
  write('one again');
  await told(3);
  expect(problems[2]).toMatchObject({ key: 'config', resolved: true });
});
