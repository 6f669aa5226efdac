import { expect, it } from 'vitest';
import { frontendOf } from './frontend-of.ts';

it.each<[title: string, dockerfile: string, frontend: ReturnType<typeof frontendOf>]>([
  ['names none', 'FROM scratch', undefined],
  ['is empty', '', undefined],
  [
    'asks for a stable 1.x',
    '# syntax=docker/dockerfile:1.7\nFROM x',
    { name: 'docker/dockerfile:1.7', builtIn: true },
  ],
  [
    'asks for another one',
    '# syntax = example.org/own:2 \nFROM x',
    { name: 'example.org/own:2', builtIn: false },
  ],
  [
    'has another directive before, a mark and CRLF',
    '\ufeff# escape=`\r\n#syntax=docker/dockerfile:1-labs\r\nFROM x',
    { name: 'docker/dockerfile:1-labs', builtIn: false },
  ],
  ['has it in a comment further down', 'FROM x\n# syntax=docker/dockerfile:1-labs', undefined],
  ['has a comment before it', '# hello\n# syntax=docker/dockerfile:1-labs', undefined],
])('the frontend of a Dockerfile that %s', (_, dockerfile, frontend) => {
  expect(frontendOf(dockerfile)).toEqual(frontend);
});
