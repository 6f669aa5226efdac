/** Something that will not work for the person as they may expect, though the workload can be injected. */
export interface InjectProblem {
  readonly code: string;
  readonly message: string;
  readonly cure?: string;
  readonly container?: string;
}
