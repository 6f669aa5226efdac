import { type ErrorFacts, KdevError, messageOf } from '../core/error.ts';

/** Raised whenever an older peer could misunderstand. */
export const daemonProtocol = 1;

/** Sent by the daemon first on every connection: who it is. */
export interface Greeting {
  readonly kdev: typeof daemonProtocol;
  readonly version: string;
  readonly pid: number;
  /** RFC 3339, UTC. */
  readonly since: string;
  readonly root: string;
  readonly environment: string;
  /** Of the cluster, pinned when it began; absent before version 0.2. */
  readonly context?: string;
  readonly namespace?: string;
  readonly services: readonly string[];
}

/** One line from a client. */
export interface Request {
  readonly id: number;
  readonly method: string;
  readonly params?: unknown;
}

/** Its answer is `null`; the call with that id ends with an error, unless it was answered before. */
export const cancelMethod = 'cancel';

/** One line from the daemon; answers come in any order. `part`s of an answer come before it. */
export type Response =
  | { readonly id: number; readonly part: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorFacts };

/** Longest line that either side accepts, characters. */
export const maxLine = 16 * 1024 * 1024;

/** An error as it crosses the socket. */
export function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof KdevError)) return { code: 'bug', fault: 'kdev', what: messageOf(error) };
  const { code, fault, what, why, cure, where, source } = error;
  return {
    ...{ code, fault, what },
    ...(why !== undefined && { why }),
    ...(cure !== undefined && { cure }),
    ...(where !== undefined && { where }),
    ...(source !== undefined && { source }),
  };
}

/** A line as JSON, or undefined when it is none. */
export function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
