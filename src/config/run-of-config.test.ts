import { expect, it } from 'vitest';
import { configSchema } from './config-schema.ts';
import { serviceOfConfig } from './service-of-config.ts';

it('a run step’s line becomes one for the shell, a list stays what it is, and both get a time limit', () => {
  const { service } = serviceOfConfig('/project', 'web', {
    sync: { src: '/app' },
    run: [
      { when: ['a'], command: 'make all' },
      { when: ['b'], command: ['/bin/tool', '-x'], timeoutMs: 5 },
    ],
    pull: ['src/*.lock'],
  });
  expect(service.run).toEqual([
    { when: ['a'], command: ['sh', '-c', 'make all'], timeoutMs: 600_000 },
    { when: ['b'], command: ['/bin/tool', '-x'], timeoutMs: 5 },
  ]);
  expect(service.pull).toEqual(['src/*.lock']);
});

it.each([
  ['no glob', { when: [], command: 'make' }],
  ['no command', { when: ['a'] }],
  ['an empty program', { when: ['a'], command: [] }],
  ['a key that is unknown', { when: ['a'], command: 'make', on: 'save' }],
])('a run step with %s is refused', (_what, step) => {
  const checked = configSchema.safeParse({ services: { web: { run: [step] } } });
  expect(checked.success).toBe(false);
});
