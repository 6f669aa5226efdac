import { Console } from 'node:console';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createJiti } from 'jiti';
import { type ErrorFacts, KdevError, messageOf } from '../core/error.ts';
import { originOf } from './config-origin.ts';
import { defineConfig } from './define-config.ts';
import { isConfigName } from './find-config.ts';
import { relativeTo } from './relative-to.ts';

export interface EvaluatedConfig {
  /** The default export, unchecked. */
  readonly value: unknown;
  /** Absolute: the file that the configuration is written in; another one when `file` only hands it on. */
  readonly file: string;
  /** Absolute: every file that took part, packages left out, for whoever wants to reload on a change. */
  readonly imported: readonly string[];
}

/**
 * Runs a configuration file afresh, TypeScript or JavaScript, with `kdev` resolved to this very kdev wherever the
 * file lies. Transformed sources are kept in `cacheDir`.
 *
 * @throws KdevError `config-syntax`, `config-throws`, `config-no-default`; each names file and line.
 */
export async function evaluateConfig(options: {
  readonly file: string;
  readonly cacheDir: string;
  readonly cwd: string;
}): Promise<EvaluatedConfig> {
  const { file, cacheDir, cwd } = options;
  const jiti = createJiti(file, {
    fsCache: path.join(cacheDir, 'config'),
    virtualModules: { kdev: { defineConfig } },
  });
  const before = new Set(Object.keys(jiti.cache));
  const taken = (): readonly string[] =>
    Object.keys(jiti.cache).filter((name) => !before.has(name) && !name.includes('/node_modules/'));
  // What a configuration prints must not get between kdev's own lines on stdout.
  const ownConsole = globalThis.console;
  globalThis.console = new Console(process.stderr);
  try {
    const exported = await jiti.import<Record<string, unknown>>(file);
    const value = 'default' in exported ? await exported['default'] : undefined;
    const imported = [...new Set([file, ...taken()])];
    if (typeof value !== 'object' || value === null) throw noDefault(file, cwd, value);
    return { value, file: writtenIn(file, originOf(value), imported), imported };
  } catch (thrown) {
    throw thrown instanceof KdevError ? thrown : configError(thrown, file, new Set([file, ...taken()]), cwd);
  } finally {
    globalThis.console = ownConsole;
    // The next evaluation must read the files again, whatever they import.
    for (const name of taken()) delete jiti.cache[name];
  }
}

/** Past helpers that call `defineConfig` for a configuration, to the configuration itself. */
function writtenIn(file: string, callers: readonly string[], imported: readonly string[]): string {
  const own = callers.filter((caller) => imported.includes(caller));
  return own.find((caller) => caller === file || isConfigName(caller)) ?? own[0] ?? file;
}

function noDefault(file: string, cwd: string, value: unknown): KdevError {
  const shown = relativeTo(cwd, file);
  return new KdevError({
    code: 'config-no-default',
    fault: 'user',
    what:
      value === undefined
        ? `${shown} has no default export.`
        : `The default export of ${shown} is ${typeof value === 'function' ? 'a function' : JSON.stringify(value)}, not a configuration.`,
    cure: 'End it with: export default defineConfig({ … }).',
    where: `${shown}:1`,
  });
}

function configError(thrown: unknown, file: string, own: ReadonlySet<string>, cwd: string): KdevError {
  const message = messageOf(thrown);
  const syntax = /^ParseError:\s*([\s\S]*?)\s*\n\s*(\/.*):(\d+):(\d+)/.exec(message);
  if (syntax) {
    const [, what = '', at = file, line = '1', column = '0'] = syntax;
    return new KdevError({
      code: 'config-syntax',
      fault: 'user',
      what: `${relativeTo(cwd, at)} is not TypeScript that can be read.`,
      why: `${what.trim().replace(/\.$/, '')}.`,
      cure: 'Correct the line; the column counts from 1.',
      where: `${relativeTo(cwd, at)}:${line}:${Number(column) + 1}`,
      ...sourceAt(at, Number(line), Number(column) + 1),
      cause: thrown,
    });
  }
  const at = thrownAt(thrown, file, own);
  return new KdevError({
    code: 'config-throws',
    fault: 'user',
    what: `${relativeTo(cwd, file)} failed while it ran.`,
    why: `${thrown instanceof Error ? thrown.name : 'Thrown value'}: ${message.split('\nRequire stack:')[0]}`,
    cure: 'Correct the line; a configuration is an ordinary program that runs each time kdev starts.',
    where: at === undefined ? relativeTo(cwd, file) : `${relativeTo(cwd, at.file)}:${at.line}`,
    // The column is that of what was made of the source, and often another one.
    ...(at && sourceAt(at.file, at.line)),
    cause: thrown,
  });
}

function sourceAt(file: string, line: number, column?: number): Pick<ErrorFacts, 'source'> {
  try {
    const text = readFileSync(file, 'utf8');
    return { source: { text, line, ...(column !== undefined && { column }) } };
  } catch {
    return {}; // what it was read from is gone; the place itself is named either way
  }
}

/** The innermost place of the person's own code on the stack of what was thrown. */
function thrownAt(thrown: unknown, file: string, own: ReadonlySet<string>) {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  for (const line of stack.split('\n')) {
    const frame = /(?:\(|at (?:async )?)(?:file:\/\/)?(\/[^()]*?):(\d+):\d+\)?$/.exec(line);
    if (!frame?.[1]) continue;
    const known = own.has(frame[1]) || path.dirname(frame[1]).startsWith(path.dirname(file));
    if (known && !frame[1].includes('/node_modules/')) return { file: frame[1], line: Number(frame[2]) };
  }
  return undefined;
}
