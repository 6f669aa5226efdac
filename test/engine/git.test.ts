import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from './engine.ts';
import { commit, fileOf, git, makeRepository } from './git-repository.ts';

const files = 20_000;
const restMs = 60_000;
const timeout = 180_000;

/** What one operation of git made of the engine. */
interface Outcome {
  readonly changes: number;
  readonly plans: number;
  readonly restarts: number;
  readonly problems: readonly string[];
}

const inOneGo: Outcome = { changes: 1, plans: 1, restarts: 1, problems: [] };

async function outcomeOf(engine: Engine, operation: () => Promise<void>): Promise<Outcome> {
  const mark = engine.daemon.events.length;
  const starts = startsOf(engine);
  await operation();
  await engine.rest(restMs);
  const since = engine.daemon.events.slice(mark);
  const count = (name: string): number => since.filter(({ event }) => event === name).length;
  return {
    changes: count('change'),
    plans: count('plan'),
    restarts: startsOf(engine) - starts,
    problems: since.flatMap((event) => (event.event === 'problem' ? [event.code] : [])),
  };
}

function startsOf(engine: Engine): number {
  return engine.pod.container.read('/starts')?.trim().split('\n').length ?? 0;
}

/** Edits the main module and some hundred files. */
function edit(root: string, text: string): void {
  writeFileSync(path.join(root, 'tree/main.py'), `print("${text}")\n`);
  for (let index = 0; index < 300; index++)
    writeFileSync(path.join(root, fileOf(index)), `${text} ${index}\n`);
}

describe(`a repository of ${files} files`, () => {
  let engine: Engine;
  let root: string;
  beforeAll(async () => {
    engine = await Engine.start({
      asks: true,
      layerBytes: 512 * 1024 * 1024,
      prepare: (project) => makeRepository(project, files),
    });
    root = path.dirname(engine.tree);
    await engine.rest(restMs);
  }, 600_000);
  afterAll(() => engine?.stop());

  it(
    'W3: a branch switch of 6 000 files is one change set, one decision and one restart',
    async () => {
      expect(await outcomeOf(engine, () => git(root, 'checkout', '-q', 'other'))).toEqual(inOneGo);
      expect(await outcomeOf(engine, () => git(root, 'checkout', '-q', 'main'))).toEqual(inOneGo);
    },
    timeout,
  );

  it(
    'a switch to a branch with one file in a hundred deletes the others unasked, and restarts nothing that is the same (A38, P1)',
    async () => {
      const quiet = { ...inOneGo, restarts: 0 };
      expect(await outcomeOf(engine, () => git(root, 'checkout', '-q', 'few'))).toEqual(quiet);
      expect(await outcomeOf(engine, () => git(root, 'checkout', '-q', 'main'))).toEqual(quiet);
    },
    timeout,
  );

  it(
    'reset --hard takes edits and deletions back in one go',
    async () => {
      edit(root, 'edited');
      for (let index = 300; index < 340; index++) rmSync(path.join(root, fileOf(index)));
      await engine.rest(restMs);
      expect(await outcomeOf(engine, () => git(root, 'reset', '-q', '--hard'))).toEqual(inOneGo);
    },
    timeout,
  );

  it(
    'stash takes edits away in one go, and stash pop brings them back in another',
    async () => {
      edit(root, 'stashed');
      await engine.rest(restMs);
      expect(await outcomeOf(engine, () => git(root, 'stash', '-q'))).toEqual(inOneGo);
      expect(await outcomeOf(engine, () => git(root, 'stash', 'pop', '-q'))).toEqual(inOneGo);
      await git(root, 'reset', '-q', '--hard');
      await engine.rest(restMs);
    },
    timeout,
  );

  it(
    'a rebase of several commits is one decision at its end',
    async () => {
      await git(root, 'checkout', '-qb', 'mine');
      for (let step = 0; step < 3; step++) {
        mkdirSync(path.join(root, `tree/mine${step}`));
        writeFileSync(path.join(root, `tree/mine${step}/file`), `${step}`);
        await commit(root, `step ${step}`);
      }
      await engine.rest(restMs);
      expect(await outcomeOf(engine, () => git(root, 'rebase', '-q', 'other'))).toEqual(inOneGo);
    },
    timeout,
  );
});

it(
  'a worktree of a repository that lies elsewhere is followed as the repository itself',
  async () => {
    let elsewhere = '';
    const engine = await Engine.start({
      asks: true,
      prepare: (project) => {
        elsewhere = path.join(path.dirname(project), 'repository');
        makeRepository(elsewhere, 300);
        execFileSync('git', ['-C', elsewhere, 'worktree', 'add', '-q', '--detach', project, 'main']);
      },
    });
    try {
      await engine.rest(restMs);
      const root = path.dirname(engine.tree);
      expect(await outcomeOf(engine, () => git(root, 'checkout', '-q', '--detach', 'other'))).toEqual(
        inOneGo,
      );
      // What the repository itself does is nobody's business here.
      expect(await outcomeOf(engine, () => git(elsewhere, 'checkout', '-q', 'few'))).toEqual({
        ...{ changes: 0, plans: 0, restarts: 0, problems: [] },
      });
    } finally {
      await engine.stop();
    }
  },
  timeout,
);
