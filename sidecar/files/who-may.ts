import type { Place } from './place.ts';

/** The facts that explain a refusal: who the agent is and whose directory it wanted to write to. */
export function whoMay({ parent }: Place): string {
  const { uid, gid, mode } = parent.owner;
  const own = `${process.geteuid?.()}:${process.getegid?.()}`;
  return `; the agent runs as ${own}, the directory belongs to ${uid}:${gid} with mode ${(mode & 0o7777).toString(8)}`;
}
