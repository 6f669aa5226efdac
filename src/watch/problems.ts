import type { WatchEvent } from '../core/ports/watcher.ts';

type Problem = Extract<WatchEvent, { type: 'problem' }>;

/** What is wrong at present; each problem is told once when it comes and once when it is over. */
export class Problems {
  readonly #emit: (problem: Problem) => void;
  readonly #present = new Map<string, Problem>();

  constructor(emit: (problem: Problem) => void) {
    this.#emit = emit;
  }

  report(facts: Omit<Problem, 'type' | 'resolved'>): void {
    const key = keyOf(facts.path, facts.code);
    if (this.#present.get(key)?.message === facts.message) return;
    const problem: Problem = { type: 'problem', ...facts };
    this.#present.set(key, problem);
    this.#emit(problem);
  }

  resolve(path: string, code: string): void {
    if (this.#present.size === 0) return;
    const problem = this.#present.get(keyOf(path, code));
    if (problem === undefined) return;
    this.#present.delete(keyOf(path, code));
    this.#emit({ ...problem, resolved: true });
  }

  /** The path itself is no longer there, or is another kind of thing. */
  resolvePath(path: string): void {
    if (this.#present.size === 0) return;
    for (const code of ['unreadable', 'special-file']) this.resolve(path, code);
  }

  all(): Iterable<Problem> {
    return this.#present.values();
  }
}

function keyOf(path: string, code: string): string {
  return `${code}\0${path}`;
}
