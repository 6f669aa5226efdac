import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/all.ts';
import { repository } from './kdev-command.ts';

function read(...names: readonly string[]): string {
  return readFileSync(path.join(repository, ...names), 'utf8');
}

describe('the documentation', () => {
  it('has every command, and every option that is a command’s own', () => {
    const text = read('docs', 'commands.md');
    for (const { name, options } of commands) {
      expect(text).toContain(`\`kdev ${name}`);
      for (const [flags] of options ?? []) {
        const long = /--[a-z-]+/.exec(flags)?.[0] ?? '';
        expect(text, `${name} ${long}`).toContain(long);
      }
    }
  });

  it('has every key of the configuration', () => {
    const text = read('docs', 'configuration.md');
    const keys = [...read('src', 'config', 'dev-config.ts').matchAll(/^ {2}readonly (\w+)\??:/gm)];
    expect(keys.length).toBeGreaterThan(20);
    for (const [, key] of keys) expect(text).toContain(`| \`${key}\` |`);
  });

  it('has every event and every key of it', () => {
    const text = read('docs', 'events.md');
    const source = read('src', 'core', 'event.ts');
    for (const [, event] of source.matchAll(/readonly event: '(\w+)'/g))
      expect(text).toContain(`| \`${event}\` |`);
    for (const [, key] of source.matchAll(/readonly (\w+)\??:/g)) expect(text).toContain(`\`${key}`);
  });
});
