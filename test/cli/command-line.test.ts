import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/all.ts';
import { makePlace, repository, runKdev } from './kdev-command.ts';

const place = makePlace();
afterAll(() => place.remove());

describe('help', () => {
  it('lists every command', async () => {
    const { code, stdout } = await runKdev(place, '--help');
    expect(code).toBe(0);
    for (const { name, summary } of commands.filter((command) => !command.name.includes(' '))) {
      expect(stdout).toContain(`  ${name} `);
      expect(stdout).toContain(summary);
    }
    expect(stdout).toContain('  box ');
    expect(stdout).toContain('kdev watch');
  });

  it('is what kdev alone says, too', async () => {
    expect(await runKdev(place)).toEqual(await runKdev(place, '--help'));
  });

  it.each(commands.map(({ name }) => name))('of %s shows an example and every option', async (name) => {
    const command = commands.find((known) => known.name === name);
    const { code, stdout } = await runKdev(place, ...name.split(' '), '--help');
    expect(code).toBe(0);
    for (const [line] of command?.examples ?? []) expect(stdout).toContain(`  ${line}`);
    for (const [flags] of command?.options ?? []) expect(stdout).toContain(flags);
    for (const flag of ['--json', '--verbose', '--yes']) expect(stdout).toContain(flag);
    expect(stdout.includes('--env NAME')).toBe(command?.onProject);
    expect(command?.examples.length).toBeGreaterThan(0);
  });

  it('loads none of the big packages', () => {
    const loaded = staticImports(path.join(repository, 'dist', 'kdev.js'));
    const bytes = loaded.reduce((sum, file) => sum + statSync(file).size, 0);
    expect(bytes).toBeLessThan(400_000);
    const text = loaded.map((file) => readFileSync(file, 'utf8')).join('\n');
    for (const name of ['@kubernetes/client-node', 'ssh2', 'zod', 'jiti', 'chokidar']) {
      expect(text, name).not.toContain(`node_modules/${name}/`);
    }
  });
});

/** A module of the bundle and all that it loads before it runs. */
function staticImports(file: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(file) || !existsSync(file)) return [];
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  for (const [, name] of source.matchAll(/^(?:import|export)[^;(]*?["'](\.[^"']*)["'];/gm)) {
    staticImports(path.resolve(path.dirname(file), name ?? ''), seen);
  }
  return [...seen];
}

describe('the version', () => {
  it('is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect((await runKdev(place, '--version')).stdout).toBe(`${version}\n`);
    expect((await runKdev(place, '-V')).code).toBe(0);
  });
});

describe('a command line that is wrong', () => {
  it.each([
    [['wtach'], "Unknown command 'wtach'", 'kdev --help'],
    [['box'], 'A command is missing', 'kdev box --help'],
    [['box', 'crate', 'x'], 'Did you mean create?', 'kdev box --help'],
    [['box', 'create'], "Missing required argument 'NAME'", 'kdev box create --help'],
    [['status', '--jsno'], 'Did you mean --json?', 'kdev status --help'],
    [['status', 'adder', 'web'], 'Too many arguments', 'kdev status --help'],
    [['up', '--env'], 'argument missing', 'kdev up --help'],
    [['exec', 'adder'], 'There is no command to run', 'kdev exec SERVICE -- COMMAND'],
    [['logs', '--tail', 'many'], '--tail takes a whole number, not "many"', '--tail 100'],
  ])('%j: says what is wrong, how to go on, and ends with 2', async (args, what, cure) => {
    const { code, stdout, stderr } = await runKdev(place, ...args);
    expect(stderr).toContain(what);
    expect(stderr).toContain(cure);
    expect(stderr).toContain('usage');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
