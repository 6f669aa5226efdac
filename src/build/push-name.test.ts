import { describe, expect, it } from 'vitest';
import { parsePushName, resolvePushName } from './push-name.ts';

const registry = {
  fromPods: '10.0.0.2:5000',
  fromNodes: 'localhost:32000',
  fromHere: '127.0.0.1:5000',
  plainHttp: true,
};

describe('a name to push by', () => {
  it.each<[given: string, pushed: string, pulled: string]>([
    ['adder', '10.0.0.2:5000/adder:cafe', 'localhost:32000/adder:cafe'],
    ['team/adder:1.2', '10.0.0.2:5000/team/adder:1.2', 'localhost:32000/team/adder:1.2'],
    ['127.0.0.1:5000/adder:v1', '10.0.0.2:5000/adder:v1', 'localhost:32000/adder:v1'],
    ['ghcr.io/team/adder', 'ghcr.io/team/adder:cafe', 'ghcr.io/team/adder:cafe'],
    ['docker.io/team/adder:latest', 'docker.io/team/adder:latest', 'docker.io/team/adder:latest'],
    ['docker.io/adder:1', 'docker.io/library/adder:1', 'docker.io/library/adder:1'],
    ['localhost:9999/a:1', 'localhost:9999/a:1', 'localhost:9999/a:1'],
  ])('%s', (given, pushed, pulled) => {
    expect(resolvePushName(parsePushName(given), registry, 'cafe')).toEqual({ pushed, pulled });
  });

  it('without a registry begins like the others in that of the cluster', () => {
    const shared = { ...registry, prefix: 'team/' };
    expect(resolvePushName(parsePushName('adder:1'), shared, 'cafe').pushed).toBe(
      '10.0.0.2:5000/team/adder:1',
    );
    expect(resolvePushName(parsePushName('10.0.0.2:5000/adder:1'), shared, 'cafe').pushed).toBe(
      '10.0.0.2:5000/adder:1',
    );
  });

  it.each(['', 'No Name', 'Adder', 'adder:', 'adder:bad tag', `adder@sha256:${'a'.repeat(64)}`])(
    '"%s" is none',
    (given) => {
      expect(() => parsePushName(given)).toThrow(
        expect.objectContaining({ code: 'push-name-invalid', fault: 'user' }),
      );
    },
  );
});
