import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../core/error.ts';
import type { BaseImage } from '../core/ports/builder.ts';
import type { ImageName } from './image-name.ts';

/** How long an answer counts as the present one, ms. */
export const freshMs = 10 * 60_000;
/** An image that nobody built from for so long is forgotten, ms. */
const forgetMs = 30 * 24 * 3600 * 1000;
/** A registry that takes longer is taken for one that does not answer, ms. */
const answerMs = 3_000;

/** What a name meant when somebody asked last. */
interface Answer {
  readonly name: string;
  readonly askedAt: number;
  readonly digest?: string;
  /** Why the last question had no answer; an older digest is kept beside it. */
  readonly failed?: string;
}

/** The digests that names of images stand for, remembered on this machine. Calls may overlap. */
export interface BaseDigests {
  /**
   * Each with its digest where that is known; a registry is asked only about what is older than `maxAgeMs`
   * (`freshMs` without one). Never rejects but with the signal's reason.
   */
  resolve(images: readonly ImageName[], options: ResolveOptions): Promise<readonly BaseImage[]>;
}

export interface ResolveOptions {
  readonly maxAgeMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told why a digest is not known. */
  readonly onUnknown?: (why: string) => void;
}

export function createBaseDigests(options: {
  /** Made when missing; without one, they are remembered by this process. */
  readonly dir?: string | undefined;
  /** Whom `ask` asks: equal names may be other images elsewhere. */
  readonly view: string;
  /** Undefined where the registry has no such image. */
  readonly ask: (image: ImageName, signal: AbortSignal) => Promise<string | undefined>;
  readonly now?: () => number;
}): BaseDigests {
  const { dir, view, ask, now = Date.now } = options;
  const known = new Map<string, Answer>();
  const fileOf = (name: string): string =>
    `${createHash('sha256').update(`${view}\0${name}`).digest('hex').slice(0, 32)}.json`;

  const askAgain = async (image: ImageName, before: Answer | undefined, signal?: AbortSignal) => {
    const name = image.familiar;
    const late = AbortSignal.timeout(answerMs);
    let answer: Answer;
    try {
      const digest = await ask(image, signal ? AbortSignal.any([signal, late]) : late);
      answer = { name, askedAt: now(), ...(digest === undefined ? { failed: notThere } : { digest }) };
    } catch (error) {
      signal?.throwIfAborted();
      answer = {
        name,
        askedAt: now(),
        failed: late.aborted ? 'its registry does not answer' : messageOf(error),
      };
    }
    if (answer.digest === undefined && before?.digest !== undefined && answer.failed !== notThere)
      answer = { ...answer, digest: before.digest };
    known.set(name, answer);
    if (dir !== undefined) await keep(dir, fileOf(name), answer);
    return answer;
  };

  const resolveOne = async (image: ImageName, { maxAgeMs = freshMs, signal }: ResolveOptions) => {
    const name = image.familiar;
    const before =
      known.get(name) ?? (dir === undefined ? undefined : await readAnswer(path.join(dir, fileOf(name))));
    // A clock that was set back makes an answer neither new nor old.
    if (before && Math.abs(now() - before.askedAt) < maxAgeMs) {
      known.set(name, before);
      return before;
    }
    return askAgain(image, before, signal);
  };

  return {
    resolve: async (images, resolving) => {
      const answers = await Promise.all(images.map((image) => resolveOne(image, resolving)));
      for (const { name, digest, failed = '' } of answers) {
        const instead =
          digest === undefined ? 'it is built from under its name alone' : 'the one known before counts';
        if (failed !== '')
          resolving.onUnknown?.(`the digest of ${name} is not known (${failed}): ${instead}`);
      }
      return answers.map(({ name, askedAt, digest }) => ({ name, askedAt, ...(digest && { digest }) }));
    },
  };
}

const notThere = 'its registry has no image of that name';

async function readAnswer(file: string): Promise<Answer | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Answer;
  } catch {
    // Never asked, or cleaned away: somebody asks.
    return undefined;
  }
}

/** What cannot be kept is asked for again by the next kdev. */
async function keep(dir: string, name: string, answer: Answer): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    const file = path.join(dir, name);
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, JSON.stringify(answer));
    await rename(draft, file);
    for (const other of await readdir(dir)) {
      const each = path.join(dir, other);
      const { mtimeMs } = await stat(each);
      if (mtimeMs < Date.now() - forgetMs) await rm(each, { force: true });
    }
  } catch {
    // A full or read-only cache makes kdev slower, not wrong.
  }
}
