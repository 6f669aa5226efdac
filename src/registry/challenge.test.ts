import { describe, expect, it } from 'vitest';
import { readChallenge } from './challenge.ts';

describe('readChallenge', () => {
  it.each([
    ['Basic realm="x"', { scheme: 'basic' }],
    ['basic', { scheme: 'basic' }],
    [
      'Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull,push"',
      {
        scheme: 'bearer',
        realm: 'https://auth.example/token',
        service: 'reg',
        scope: 'repository:a/b:pull,push',
      },
    ],
    ['bearer realm="https://auth.example/token"', { scheme: 'bearer', realm: 'https://auth.example/token' }],
    ['Bearer realm="nowhere"', undefined],
    ['Bearer', undefined],
    ['Negotiate', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s', (header, challenge) => {
    expect(readChallenge(header)).toEqual(challenge);
  });
});
