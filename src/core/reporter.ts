/**
 * Says what a long piece of work is doing. Calls never block and never throw; a caller that wants silence passes
 * `silentReporter`.
 */
export interface Reporter {
  /** A new step begins; the one before it is over. One short line, e.g. "compiling Kubernetes 1.34.4 (about 5 min)". */
  step(text: string): void;
  /** Something worth a line inside the current step, e.g. a tool's own output. Shown with --verbose only. */
  detail(text: string): void;
}

export const silentReporter: Reporter = {
  step: () => undefined,
  detail: () => undefined,
};
