/** What the screen asks of the machine around it. A failure is told in the line at the bottom. */
export interface TuiActions {
  /** Runs the suites of a service; their results come as events. */
  test(service: string, signal: AbortSignal): Promise<void>;
  /** Runs a shell on the terminal, which is its own meanwhile; resolves with its exit code. */
  shell(service: string, signal: AbortSignal): Promise<number>;
  /** Shows an address to the person. False where there is nothing to show it with. */
  openUrl(url: string): Promise<boolean>;
}
