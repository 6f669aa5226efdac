import type { Answer } from '../observer/ask.ts';
import type { ExampleFiles } from './example-files.ts';

/** One save, or one short burst, and what must be true of every replica afterwards. */
export interface TourStep {
  readonly title: string;
  readonly edit: (files: ExampleFiles) => Promise<void>;
  readonly expect: Expectation;
  /** What `kdev test` says afterwards; absent = it is not asked. */
  readonly tests?: Verdicts;
}

/** By suite, in the order of the configuration. */
export type Verdicts = Readonly<Record<string, 'passed' | 'failed'>>;

export type Expectation =
  /** Every replica answers right, from the process that was there before or from a new one, in the same container. */
  | { readonly kind: 'answers'; readonly process: 'same' | 'new'; readonly questions: readonly Question[] }
  /** The app of every replica is gone, its container is not. */
  | { readonly kind: 'held' }
  /** A new image runs in new pods, and they answer right. */
  | { readonly kind: 'rolled-out'; readonly questions: readonly Question[] };

export interface Question {
  readonly path: string;
  readonly right: (answer: Answer) => boolean;
  /** What the tour prints of an answer, one line. */
  readonly show: (answer: Answer) => string;
}
