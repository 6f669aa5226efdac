import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** By path, each byte one character (latin1), what is there in one line. */
export type TreeFacts = ReadonlyMap<string, string>;

/** What lies below a directory, read by code that shares nothing with kdev's own. */
export function readTree(root: string): TreeFacts {
  const facts = new Map<string, string>();
  for (const _directory of walk(Buffer.from(root), '', facts));
  return facts;
}

/** The same, and what else this process has to do gets its turns, such as carrying a link's bytes. */
export async function readTreeInTurns(root: string): Promise<TreeFacts> {
  const facts = new Map<string, string>();
  for (const _directory of walk(Buffer.from(root), '', facts)) await nextTurn();
  return facts;
}

/** Yields after each directory. */
function* walk(dir: Buffer, prefix: string, facts: Map<string, string>): Generator<undefined> {
  for (const name of readdirSync(dir, { encoding: 'buffer' })) {
    const at = Buffer.concat([dir, Buffer.from('/'), name]);
    const path = prefix + name.toString('latin1');
    const stats = lstatSync(at);
    if (stats.isDirectory()) {
      facts.set(path, 'dir');
      yield* walk(at, `${path}/`, facts);
    } else if (stats.isSymbolicLink()) {
      facts.set(path, `link to ${readlinkSync(at, 'buffer').toString('latin1')}`);
    } else if (stats.isFile()) {
      const digest = createHash('sha1').update(readFileSync(at)).digest('hex').slice(0, 12);
      facts.set(path, `${stats.mode & 0o111 ? 'executable' : 'file'} of ${stats.size} bytes ${digest}`);
    }
  }
  yield;
}

/** One line for each path that is not the same in both. */
export function differences(local: TreeFacts, container: TreeFacts): string[] {
  const paths = new Set([...local.keys(), ...container.keys()]);
  return [...paths].flatMap((path) => {
    const here = local.get(path) ?? 'nothing';
    const there = container.get(path) ?? 'nothing';
    return here === there ? [] : [`${JSON.stringify(path)} is ${here}, in the container ${there}`];
  });
}
