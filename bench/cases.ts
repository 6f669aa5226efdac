/** What the observer waits for after a save. */
export type Until = 'bytes' | 'served' | 'restarted';

/** One kind of save, measured with kdev and with each other way. */
export interface SaveCase {
  readonly name: 'save-bytes' | 'save-served' | 'save-restart' | 'save-restart-inplace' | 'save-20k';
  readonly tree: Tree;
  readonly until: Until;
  /** Below the synced folder. */
  readonly file: 'page.txt' | 'code.txt';
  readonly inPlace: boolean;
  /** Between two saves, ms: a restart is to be over before the next. */
  readonly pauseMs: readonly [number, number];
  /** kdev's goal for the median, ms. */
  readonly goalMs: number;
}

export type Tree = 'small' | 'large' | 'huge';

/** Files of a tree, beside the app's own. */
export const treeFiles: Readonly<Record<Tree, number>> = { small: 0, large: 20_000, huge: 100_000 };

export const brief = [150, 350] as const;
const long = [1_000, 1_400] as const;

export const saveCases: readonly SaveCase[] = [
  {
    name: 'save-bytes',
    tree: 'small',
    until: 'bytes',
    file: 'page.txt',
    inPlace: false,
    pauseMs: brief,
    goalMs: 6,
  },
  {
    name: 'save-served',
    tree: 'small',
    until: 'served',
    file: 'page.txt',
    inPlace: false,
    pauseMs: brief,
    goalMs: 8,
  },
  {
    name: 'save-restart',
    tree: 'small',
    until: 'restarted',
    file: 'code.txt',
    inPlace: false,
    pauseMs: long,
    goalMs: 20,
  },
  {
    name: 'save-restart-inplace',
    tree: 'small',
    until: 'restarted',
    file: 'code.txt',
    inPlace: true,
    pauseMs: long,
    // 20 ms and the 40 ms of quiet that a save which is written in place waits for.
    goalMs: 60,
  },
  {
    name: 'save-20k',
    tree: 'large',
    until: 'bytes',
    file: 'page.txt',
    inPlace: false,
    pauseMs: brief,
    goalMs: 6,
  },
];

/** Changes of many files at once, or of a large one. */
export const bulkCases = [
  { name: 'burst-200', goalMs: 80 },
  { name: 'first-20k', goalMs: 2_500 },
  { name: 'save-during-first-sync', goalMs: 30 },
  { name: 'mass-delete', goalMs: 1_500 },
  { name: 'rename-dir', goalMs: 150 },
  { name: 'big-delta', goalMs: 200 },
] as const;

export const gitCases = [{ name: 'branch-switch', goalMs: 800 }] as const;

/** From the start of `kdev watch` with what it remembers until every file is known. */
export const scaleCases = [{ name: 'scan-100k', goalMs: 3_000 }] as const;

/** Who is measured beside `three-replicas`, and how much longer than that three may take. */
export const oneReplica = 'kdev, one replica';
export const timesOneReplica = 1.3;

/** How a save fares where the cluster is not a single near pod. */
export const linkCases = [
  { name: 'three-replicas', goalMs: 8 },
  { name: 'slow-link', goalMs: 60 },
] as const;

/** What needs a new image. */
export const buildCases = [
  { name: 'rebuild-pushed', goalMs: 500 },
  { name: 'rebuild-ready', goalMs: 5_000 },
  { name: 'rebuild-unchanged', goalMs: 50 },
  { name: 'context-200mb', goalMs: 1_000 },
] as const;

export type BulkCaseName = (typeof bulkCases)[number]['name'];

/** Measured in kdev's own pod, without a save. */
export const otherCases = ['floor', 'memory', 'idle-cpu'] as const;

export type CaseName =
  | SaveCase['name']
  | BulkCaseName
  | (typeof gitCases | typeof linkCases | typeof scaleCases | typeof buildCases)[number]['name']
  | (typeof otherCases)[number];

/** Every case that has a goal for kdev's median. */
export const goals: readonly { readonly name: CaseName; readonly goalMs: number }[] = [
  ...saveCases,
  ...bulkCases,
  ...gitCases,
  ...linkCases,
  ...buildCases,
  ...scaleCases,
];

export const caseNames: readonly CaseName[] = [...goals.map(({ name }) => name), ...otherCases];
