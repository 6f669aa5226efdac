import { describe, expect, it } from 'vitest';
import type { Change, RelPath } from './change.ts';
import { describeRebuild, isEmptyPlan, planChanges } from './plan.ts';
import { compileRules } from './rules.ts';

const rules = compileRules({
  mappings: [{ from: 'src', to: '/app/src', ignore: [], mirror: false }],
  restart: ['**/*.py'],
  rebuild: ['requirements.txt', 'Dockerfile'],
});

const change = (path: string, type: Change['type'] = 'file', kind: Change['kind'] = 'modified'): Change => ({
  path: path as RelPath,
  kind,
  type,
  at: 0,
});
const plan = (...changes: Change[]) => planChanges({ seq: 7, changes, at: 0 }, rules);

describe('planChanges', () => {
  it('syncs a template and does nothing else', () => {
    expect(plan(change('src/form.jinja2'))).toEqual({ seq: 7, sync: ['/app/src/form.jinja2'] });
  });

  it('restarts for a module and names the path and the pattern', () => {
    expect(plan(change('src/demo.py')).restart).toEqual({ path: 'src/demo.py', pattern: '**/*.py' });
  });

  it('restarts once for many modules', () => {
    expect(plan(change('src/a.py'), change('src/b.py')).restart?.path).toBe('src/a.py');
  });

  it('restarts for a deleted module', () => {
    expect(plan(change('src/a.py', 'file', 'deleted')).restart).toBeDefined();
  });

  it('does not restart for a file that no mapping has: it changes nothing that runs', () => {
    expect(plan(change('scripts/tool.py')).restart).toBeUndefined();
  });

  it('neither restarts nor rebuilds for a directory', () => {
    expect(plan(change('src/pkg.py', 'dir', 'created'))).toEqual({ seq: 7, sync: ['/app/src/pkg.py'] });
  });

  it('restarts for a module whose place a directory took (F7)', () => {
    expect(plan(change('src/pkg.py', 'dir', 'modified')).restart?.path).toBe('src/pkg.py');
  });

  it('rebuilds for a dependency list, and still syncs what else changed', () => {
    expect(plan(change('requirements.txt'), change('src/form.jinja2'))).toEqual({
      seq: 7,
      sync: ['/app/src/form.jinja2'],
      rebuild: { path: 'requirements.txt', pattern: 'requirements.txt' },
    });
  });

  it('B4: rebuilds for a deleted dependency list, and says that it is gone', () => {
    const { rebuild } = plan(change('requirements.txt', 'file', 'deleted'));
    expect(rebuild && describeRebuild(rebuild)).toBe('requirements.txt was deleted');
  });

  it('B2: neither syncs nor rebuilds for what no mapping and no rule names', () => {
    expect(plan(change('notes.txt'))).toEqual({ seq: 7, sync: [] });
  });

  it('is empty for a change that the service has nothing to do with', () => {
    expect(isEmptyPlan(plan(change('README.md')))).toBe(true);
    expect(isEmptyPlan(plan(change('Dockerfile')))).toBe(false);
  });
});
