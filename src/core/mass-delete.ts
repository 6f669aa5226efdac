/** So many deletions at once are everyday work, whatever the size of the tree. */
const alwaysAllowed = 50;
/** So much of a tree may go without a question. */
const allowedShare = 0.25;

/** Whether deletions are so many that a person has to say that they are meant; `known` counts what there was. */
export function isMassDelete(deletions: number, known: number): boolean {
  return deletions > Math.max(alwaysAllowed, known * allowedShare);
}

/** For people: why deletions are held. */
export function explainMassDelete(deletions: number, known: number): string {
  return `${deletions} of ${known} paths are gone here at once, which is more than ${alwaysAllowed} and than a quarter.`;
}
