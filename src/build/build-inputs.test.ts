import { describe, expect, it } from 'vitest';
import { digestInputs, repositoryOf, tagOfInputs } from './build-inputs.ts';

const context = { dockerfile: { name: 'Dockerfile', text: 'FROM scratch' }, digest: 'aa' };
const build = { args: { a: '1', b: '2' } };
const base = digestInputs(context, build, 'linux/amd64');

describe('digestInputs', () => {
  it('does not depend on the order of the arguments', () => {
    expect(digestInputs(context, { args: { b: '2', a: '1' } }, 'linux/amd64')).toBe(base);
  });

  it.each<[title: string, digest: string]>([
    ['an argument', digestInputs(context, { args: { a: '1', b: '3' } }, 'linux/amd64')],
    ['the target', digestInputs(context, { args: { a: '1', b: '2' }, target: 'dev' }, 'linux/amd64')],
    ['the platform', digestInputs(context, { args: { a: '1', b: '2' } }, 'linux/arm64')],
    ['the context', digestInputs({ ...context, digest: 'bb' }, { args: { a: '1', b: '2' } }, 'linux/amd64')],
    ['the digest of a base image', digestInputs(context, build, 'linux/amd64', { python: 'sha256:a' })],
    ['a command in place of BuildKit', digestInputs(context, { ...build, command: 'make' }, 'linux/amd64')],
    ['a secret that there is', digestInputs(context, { ...build, secrets: { a: {} } }, 'linux/amd64')],
    [
      'the Dockerfile',
      digestInputs(
        { ...context, dockerfile: { name: 'Dockerfile', text: 'FROM x' } },
        { args: { a: '1', b: '2' } },
        'linux/amd64',
      ),
    ],
  ])('changes with %s', (_, digest) => {
    expect(digest).not.toBe(base);
  });
});

describe('tagOfInputs', () => {
  it('is a valid tag', () => {
    expect(tagOfInputs(base)).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('repositoryOf', () => {
  it.each([
    ['shop', 'web', 'kdev/shop-web'],
    ['My Shop', '@scope/Web_1', 'kdev/my-shop-scope-web-1'],
    ['…', 'web', 'kdev/unnamed-web'],
  ])('of %s and %s is %s', (project, service, repository) => {
    expect(repositoryOf(project, service)).toBe(repository);
  });
});
