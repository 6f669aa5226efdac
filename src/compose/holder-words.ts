import { describeHolder, holderLives, parseHolder, thisHolder } from './lease-holder.ts';

/** What a Lease says of its holder, for those who only pass it on: what this process writes, and how to read others'. */
export interface HolderWords {
  readonly mine: string;
  describe(holder: string): string;
  lives(holder: string): boolean | undefined;
}

/** @param root the project's folder, which others are told */
export function holderWords(root: string): HolderWords {
  return {
    mine: JSON.stringify(thisHolder(root)),
    describe: (text) => {
      const holder = parseHolder(text);
      return holder === undefined ? 'somebody' : describeHolder(holder);
    },
    lives: (text) => {
      const holder = parseHolder(text);
      return holder && holderLives(holder);
    },
  };
}
