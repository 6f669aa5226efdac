import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { lookAt } from '../tree/look.ts';
import { findGitDir } from './find-git-dir.ts';
import type { Problems } from './problems.ts';

/** After its lock is gone git moves HEAD, and a pull or rebase takes the lock again, within a few ms. */
const quietMs = 30;
/** Between two steps of a rebase git starts processes; a rebase that stopped for a person is quiet for longer. */
const rebaseQuietMs = 500;
/** A lock without activity for this long belongs to a git that died. */
const staleLockMs = 5000;
/** The longest that files changing under a lock are taken for git's work. */
const longestHoldMs = 60_000;

const activeNames = new Set([
  'index',
  'index.lock',
  'HEAD',
  'HEAD.lock',
  'ORIG_HEAD',
  'rebase-merge',
  'rebase-apply',
]);

interface GitLock {
  readonly ino: bigint;
  readonly stamp: string;
  readonly at: number;
}

/**
 * Whether git is changing the tree now: it holds `index.lock`, or HEAD, index or a rebase moved a moment ago. kdev
 * itself never runs git and never takes the lock.
 */
export class GitGuard {
  readonly #clock: Clock;
  readonly #problems: Problems;
  readonly #root: string;
  readonly #onActivity: () => void;
  #dir: string | undefined;
  #watcher: FSWatcher | undefined;
  #head = '';
  #activeAt = Number.NEGATIVE_INFINITY;
  /** `at`: when it was first seen; `stamp` also changes when git writes the lock. */
  #lockSeen: GitLock | undefined;
  #staleLock: string | undefined;

  constructor(options: {
    readonly root: string;
    readonly clock: Clock;
    readonly problems: Problems;
    /** git did something: ask `isActive` again. */
    readonly onActivity: () => void;
  }) {
    this.#root = options.root;
    this.#clock = options.clock;
    this.#problems = options.problems;
    this.#onActivity = options.onActivity;
  }

  /** Looks for the repository; call it again when a `.git` came or went. */
  find(): void {
    const dir = findGitDir(this.#root);
    if (dir === this.#dir) return;
    this.stop();
    this.#dir = dir;
    if (dir === undefined) return;
    this.#head = this.#readHead();
    this.#lockSeen = this.#look();
    this.#activeAt = this.#lockSeen?.at ?? this.#activeAt;
    try {
      this.#watcher = watch(dir, (_event, name) => {
        if (name === null || activeNames.has(name)) this.#noteActivity();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No watch left: the lock is looked at whenever something changes.
    }
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#dir = undefined;
  }

  /** Costs one or two lstats. */
  isActive(): boolean {
    if (this.#dir === undefined) return false;
    const now = this.#clock.monotonic();
    const lock = this.#look();
    if (lock === undefined) {
      if (this.#staleLock !== undefined) this.#problems.resolve(this.#lockPath(), 'git-lock-stale');
      this.#staleLock = undefined;
      if (this.#lockSeen !== undefined) this.#activeAt = Math.max(this.#activeAt, now - quietMs / 2);
      this.#lockSeen = undefined;
      const still = now - this.#activeAt;
      return still < quietMs || (still < rebaseQuietMs && this.#isRebasing());
    }
    if (lock.stamp === this.#staleLock) return false;
    if (lock.stamp !== this.#lockSeen?.stamp) this.#activeAt = now;
    const at = lock.ino === this.#lockSeen?.ino ? this.#lockSeen.at : lock.at;
    this.#lockSeen = { ...lock, at };
    if (now - this.#activeAt < staleLockMs && now - at < longestHoldMs) return true;
    this.#staleLock = lock.stamp;
    this.#reportStale();
    return false;
  }

  /** Files change while git is active: it is still at work. */
  noteTreeActivity(): void {
    if (this.#lockSeen !== undefined) this.#activeAt = this.#clock.monotonic();
  }

  /** Whether HEAD is another one than when this was asked last. */
  takeHeadMoved(): boolean {
    const head = this.#readHead();
    const moved = head !== this.#head;
    this.#head = head;
    return moved;
  }

  #noteActivity(): void {
    this.#activeAt = this.#clock.monotonic();
    this.#onActivity();
  }

  #look(): GitLock | undefined {
    const look = lookAt(this.#lockPath());
    if (look.type !== 'file') return undefined;
    const { ino, ctimeNs } = look.stamp;
    return { ino, stamp: `${ino}:${ctimeNs}`, at: this.#clock.monotonic() };
  }

  #readHead(): string {
    const look = this.#dir === undefined ? undefined : lookAt(join(this.#dir, 'HEAD'));
    return look?.type === 'file' ? `${look.stamp.ino}:${look.stamp.ctimeNs}` : '';
  }

  #isRebasing(): boolean {
    return ['rebase-merge', 'rebase-apply'].some(
      (name) => lookAt(join(this.#dir ?? '', name)).type === 'dir',
    );
  }

  #lockPath(): string {
    return join(this.#dir ?? '', 'index.lock');
  }

  #reportStale(): void {
    this.#problems.report({
      path: this.#lockPath(),
      code: 'git-lock-stale',
      message: `git holds ${this.#lockPath()} and does nothing: kdev goes on without waiting for it`,
      cure: `If no git is running, remove it: rm ${this.#lockPath()}`,
    });
  }
}
