import { describe, expect, it } from 'vitest';
import { buildctlArgs } from './buildctl-args.ts';

function optionsOf(
  text: string,
  build: { target?: string; args: Record<string, string> } = { args: {} },
): string[] {
  const args = buildctlArgs({
    build,
    dockerfile: { name: 'app.Dockerfile', text },
    platform: 'linux/amd64',
    repository: 'registry:5000/kdev/a-b',
    tag: 'one',
    imports: [],
  });
  return args.filter((_, index) => args[index - 1] === '--opt');
}

describe('buildctlArgs', () => {
  it('passes target, platform and arguments on', () => {
    expect(optionsOf('FROM scratch', { target: 'dev', args: { A: '1=2' } })).toEqual([
      'filename=app.Dockerfile',
      'platform=linux/amd64',
      'target=dev',
      'build-arg:A=1=2',
    ]);
  });

  it('pushes to the name', () => {
    const args = buildctlArgs({
      build: { args: {} },
      dockerfile: { name: 'Dockerfile', text: '' },
      platform: 'linux/amd64',
      repository: 'registry:5000/kdev/a-b',
      tag: 'one',
      imports: [],
    });
    expect(args[args.indexOf('--output') + 1]).toMatch(
      /^type=image,"name=registry:5000\/kdev\/a-b:one,registry:5000\/kdev\/a-b:layers",push=true/,
    );
    expect(args).not.toContain('--import-cache');
  });

  it.each([
    ['# syntax=docker/dockerfile:1', true],
    ['#syntax = docker/dockerfile:1.7', true],
    ['# syntax=docker.io/docker/dockerfile:1.4.2', true],
    ['# syntax=docker/dockerfile:1-labs', false],
    ['# syntax=example.org/own/frontend', false],
    ['FROM scratch', false],
  ])('for %j the builder’s own frontend takes the place of a fetched one: %s', (line, builtIn) => {
    expect(optionsOf(`${line}\nFROM scratch\n`).includes('cmdline=')).toBe(builtIn);
  });
});
