import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import { nodePlatform } from './node-platform.ts';

function nodes(...architectures: string[]) {
  return {
    list: async () =>
      architectures.map((architecture) => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: architecture },
        status: { nodeInfo: { operatingSystem: 'linux', architecture } },
      })),
  };
}

describe('nodePlatform', () => {
  it('is the nodes’ own', async () => {
    expect(await nodePlatform(nodes('arm64'))).toBe('linux/arm64');
  });

  it('is what most nodes are', async () => {
    expect(await nodePlatform(nodes('arm64', 'amd64', 'arm64'))).toBe('linux/arm64');
  });

  it('is linux/amd64 for somebody who may not list nodes', async () => {
    const list = () =>
      Promise.reject(new KdevError({ code: 'cluster-forbidden', fault: 'environment', what: 'no' }));
    expect(await nodePlatform({ list })).toBe('linux/amd64');
  });
});
