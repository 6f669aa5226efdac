import { fileURLToPath } from 'node:url';

/**
 * Marks a configuration with the files on the call stack of `defineConfig`, the caller first. A well-known symbol,
 * because a configuration may have got its `defineConfig` from another copy of this module than the loader's.
 */
const origin = Symbol.for('kdev.config-origin');

/** A copy of `config` that remembers where it came from; the mark does not show in it. */
export function markOrigin<T extends object>(config: T, callers: readonly string[]): T {
  return Object.defineProperty({ ...config }, origin, { value: callers, enumerable: false });
}

/** The files that called for this configuration, the caller of `defineConfig` first; empty for a plain object. */
export function originOf(config: unknown): readonly string[] {
  if (typeof config !== 'object' || config === null) return [];
  const callers: unknown = Reflect.get(config, origin);
  return Array.isArray(callers) ? callers.filter((file) => typeof file === 'string') : [];
}

/** Absolute paths of the source files on the stack above `below`, nearest first, without repetitions. */
export function callerFiles(below: (...args: never[]) => unknown): readonly string[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = 100;
    Error.prepareStackTrace = (_error, frames) => frames.map((frame) => frame.getFileName());
    Error.captureStackTrace(holder, below);
    const names = Array.isArray(holder.stack) ? (holder.stack as unknown[]) : [];
    return [...new Set(names.map(pathOf).filter((name) => name !== undefined))];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function pathOf(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  if (name.startsWith('file:')) return fileURLToPath(name);
  return name.startsWith('/') || /^[A-Za-z]:[\\/]/.test(name) ? name : undefined;
}
