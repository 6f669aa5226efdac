import { describe, expect, it } from 'vitest';
import type { Change, RelPath } from './change.ts';
import { planChanges } from './plan.ts';
import { compileRules } from './rules.ts';

const install = { command: ['sh', '-c', 'pip install -r requirements.txt'], timeoutMs: 1_000 };
const format = { command: ['npx', 'tsc'], timeoutMs: 1_000 };
const rules = compileRules({
  mappings: [{ from: 'src', to: '/app/src', ignore: [], mirror: false }],
  restart: ['src/requirements.txt'],
  rebuild: [],
  run: [
    { when: ['src/requirements*.txt'], ...install },
    { when: ['**/*.ts', 'src/requirements.txt'], ...format },
  ],
});
const plan = (...paths: string[]) => {
  const changes = paths.map(
    (path): Change => ({ path: path as RelPath, kind: 'modified', type: 'file', at: 0 }),
  );
  return planChanges({ seq: 1, changes, at: 0 }, rules);
};

describe('the plan of a change that run steps name', () => {
  it('has each step once, with the first file and the pattern that asked for it', () => {
    expect(plan('src/requirements-dev.txt', 'src/requirements.txt').run).toEqual([
      { path: 'src/requirements-dev.txt', pattern: 'src/requirements*.txt', run: install },
      { path: 'src/requirements.txt', pattern: 'src/requirements.txt', run: format },
    ]);
  });

  it('has none for what no step names, and none for what is not synced', () => {
    expect(plan('src/page.html')).not.toHaveProperty('run');
    expect(plan('tools/build.ts')).not.toHaveProperty('run');
  });

  it('restarts only for what restart names', () => {
    expect(plan('src/requirements.txt').restart).toBeDefined();
    expect(plan('src/a.ts').restart).toBeUndefined();
  });
});

describe('a file that the Dockerfile reads and a run step names', () => {
  const service = {
    mappings: [{ from: 'src', to: '/app/src', ignore: [], mirror: false }],
    restart: [],
    rebuild: [] as readonly string[],
    rebuildDefaults: ['**/requirements.txt', 'Dockerfile'],
    run: [{ when: ['**/requirements.txt'], ...install }],
  };
  const rebuildOf = (path: string, special: Partial<typeof service> = {}) => {
    const change: Change = { path: path as RelPath, kind: 'modified', type: 'file', at: 0 };
    const own = compileRules({ ...service, ...special });
    return planChanges({ seq: 1, changes: [change], at: 0 }, own).rebuild?.pattern;
  };

  it('is installed in the container in place of a rebuild', () => {
    expect(rebuildOf('src/requirements.txt')).toBeUndefined();
    expect(rebuildOf('Dockerfile')).toBe('Dockerfile');
  });

  it('is rebuilt for where it is not synced, where there is no such step, and where the configuration says so', () => {
    expect(rebuildOf('requirements.txt')).toBe('**/requirements.txt');
    expect(rebuildOf('src/requirements.txt', { run: [] })).toBe('**/requirements.txt');
    expect(rebuildOf('src/requirements.txt', { rebuild: ['src/*.txt'] })).toBe('src/*.txt');
  });
});
