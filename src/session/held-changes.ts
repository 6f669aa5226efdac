import type { Change, RelPath } from '../core/change.ts';

/** Changes that were noticed and go out later, one per path, the newest of each. */
export class HeldChanges {
  readonly #changes = new Map<RelPath, Change>();
  #version = 0;

  add(changes: readonly Change[]): void {
    for (const change of changes) this.#changes.set(change.path, change);
    this.#version += 1;
  }

  drop(path: RelPath): void {
    if (this.#changes.delete(path)) this.#version += 1;
  }

  get size(): number {
    return this.#changes.size;
  }

  /** Another number after every change of what is held. */
  get version(): number {
    return this.#version;
  }

  list(): readonly Change[] {
    return [...this.#changes.values()];
  }

  /** Everything, which it forgets. */
  takeAll(): readonly Change[] {
    const changes = this.list();
    this.#changes.clear();
    this.#version += 1;
    return changes;
  }
}
