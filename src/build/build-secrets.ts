import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { KdevError, messageOf } from '../core/error.ts';
import type { BuildSecret, ImageBuild } from '../core/service.ts';

/** BuildKit takes no larger ones. */
const maxBytes = 500 * 1024;
/** Shorter lines of a secret are no secret, and would black out half the log. */
const shortest = 5;

/** This machine, as far as builds look at it beside the project. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home directory. */
  readonly home: string;
}

/** What a build gets and nobody else may see. */
export interface Confidential {
  /** By id. */
  readonly secrets: ReadonlyMap<string, Buffer>;
  /** The ssh agent's socket, and the ids that steps know it by; absent = the build has no use for one. */
  readonly agent?: { readonly socket: string; readonly ids: readonly string[] };
  /** A text of the build's with every line of a secret blackened. */
  conceal(text: string): string;
}

/**
 * Reads a build's secrets, now.
 *
 * @throws KdevError `build-secret-missing`, `build-secret-too-large`, `ssh-agent-missing`
 */
export async function readConfidential(
  build: Pick<ImageBuild, 'secrets' | 'ssh'>,
  projectRoot: string,
  machine: Machine,
): Promise<Confidential> {
  const secrets = new Map<string, Buffer>();
  for (const [id, from] of Object.entries(build.secrets ?? {})) {
    const content = await readSecret(id, from, projectRoot, machine);
    if (content.length > maxBytes) throw secretTooLarge(id, content.length);
    secrets.set(id, content);
  }
  const words = [...secrets.values()]
    .flatMap((content) => content.toString('utf8').split(/\r?\n/))
    .map((line) => line.trim())
    .filter((line) => line.length >= shortest)
    .sort((a, b) => b.length - a.length);
  const agent = build.ssh && { socket: await findAgent(machine), ids: build.ssh };
  return {
    secrets,
    ...(agent && { agent }),
    conceal: (text) => words.reduce((shown, word) => shown.replaceAll(word, '***'), text),
  };
}

async function readSecret(
  id: string,
  from: BuildSecret,
  projectRoot: string,
  { env, home }: Machine,
): Promise<Buffer> {
  if ('env' in from) {
    const value = env[from.env];
    if (value === undefined) {
      throw secretMissing(id, `The environment variable ${from.env} is not set.`, `Set ${from.env}`);
    }
    return Buffer.from(value);
  }
  const file = path.resolve(projectRoot, from.file.replace(/^~(?=\/)/, home));
  try {
    return await readFile(file);
  } catch (cause) {
    throw secretMissing(id, messageOf(cause), `Make ${from.file} readable`, cause);
  }
}

async function findAgent({ env }: Machine): Promise<string> {
  const socket = env['SSH_AUTH_SOCK'];
  const facts = socket === undefined || socket === '' ? undefined : await stat(socket).catch(() => undefined);
  if (socket !== undefined && facts?.isSocket()) return socket;
  throw new KdevError({
    code: 'ssh-agent-missing',
    fault: 'user',
    what: 'The build is to reach an ssh agent, and none runs here.',
    why: socket ? `SSH_AUTH_SOCK names ${socket}, which is no socket.` : 'SSH_AUTH_SOCK is not set.',
    cure: 'Start one with a key (eval "$(ssh-agent)"; ssh-add), or take build.ssh out of the service.',
  });
}

function secretMissing(id: string, why: string, cure: string, cause?: unknown): KdevError {
  return new KdevError({
    code: 'build-secret-missing',
    fault: 'user',
    what: `The build secret ${id} cannot be read.`,
    why,
    cure: `${cure}, or correct build.secrets.${id} of the service.`,
    cause,
  });
}

function secretTooLarge(id: string, bytes: number): KdevError {
  return new KdevError({
    code: 'build-secret-too-large',
    fault: 'user',
    what: `The build secret ${id} has ${bytes} bytes; BuildKit takes at most ${maxBytes}.`,
    cure: `Give a smaller one for build.secrets.${id} of the service.`,
  });
}
