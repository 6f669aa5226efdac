import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { TestCommand } from '../core/service.ts';
import { argvOf, showCommand } from './suite-command.ts';

function run(command: TestCommand, options: Partial<Parameters<typeof argvOf>[1]> = {}) {
  const [program = '', ...args] = argvOf(command, { extra: [], colours: false, ...options });
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    input: 'typed\n',
    env: { PATH: '/usr/bin:/bin' },
  });
  return { status, stdout };
}

const words = `printf '<%s>'`;

describe('a command line', () => {
  it('is the shell’s, with an empty input and its own exit code', () => {
    expect(run('echo a && cat; exit 7')).toEqual({ status: 7, stdout: 'a\n' });
  });

  it('gets further arguments as they are, behind its last command', () => {
    expect(run(`true && ${words}`, { extra: ['a b', "it's", '$HOME', '*'] }).stdout).toBe(
      "<a b><it's><$HOME><*>",
    );
  });

  it('may be several lines and end with a comment', () => {
    expect(run('echo a\necho b # really').stdout).toBe('a\nb\n');
  });

  it('runs in a folder with any name, and is not there where the folder is not', () => {
    expect(run('pwd', { cwd: '/usr/../usr/lib' }).stdout).toBe('/usr/lib\n');
    expect(run('pwd', { cwd: "/no/such 'folder" })).toEqual({ status: 126, stdout: '' });
  });

  it('asks for colours where they are wanted', () => {
    const command = 'echo "$FORCE_COLOR$CLICOLOR_FORCE$PY_COLORS"';
    expect(run(command, { colours: true }).stdout).toBe('111\n');
    expect(run(command).stdout).toBe('\n');
  });
});

describe('a program with its arguments', () => {
  it('is started without a shell', () => {
    expect(argvOf(['pytest', '-q'], { extra: ['-k', 'a b'], colours: false })).toEqual([
      ...['pytest', '-q', '-k', 'a b'],
    ]);
  });

  it('is started by one where it has a folder or is asked for colours', () => {
    expect(run(['pwd'], { cwd: '/usr/lib' }).stdout).toBe('/usr/lib\n');
    const options = { cwd: '/', colours: true, extra: ['$HOME', "it's"] };
    expect(run(['printf', '<%s>', 'a b'], options).stdout).toBe("<a b><$HOME><it's>");
  });

  it('is shown as a person would write it', () => {
    expect(showCommand(['pytest', '-k', "a 'b'", '--x=1'])).toBe(String.raw`pytest -k 'a '\''b'\''' --x=1`);
    expect(showCommand('pytest -q | tee log')).toBe('pytest -q | tee log');
  });
});
