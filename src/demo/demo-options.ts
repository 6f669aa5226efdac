import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Makes the edits itself instead of waiting for a person's. */
  readonly tour: boolean;
  /** Leaves the box and what runs in it. */
  readonly keep: boolean;
  /** Prints every line that kdev says. */
  readonly verbose: boolean;
  /** Context of the person's kubeconfig instead of a box. */
  readonly context?: string;
  readonly help: boolean;
}

export const demoUsage = `Makes a Kubernetes on this machine and develops the example in it.

  npm run demo                      you edit: kdev watches examples/e2e-k8s-demo until Ctrl-C
  npm run demo -- --tour            it edits a copy by itself, checks every answer and cleans up

  --context NAME   a cluster of your kubeconfig instead of the box "demo"
  --keep           leave the box and the app when the tour is over
  --verbose        also print every line that kdev says during the tour
`;

/** @throws TypeError of `node:util` on an unknown flag, in words for the person. */
export function readDemoOptions(args: readonly string[], terminal: boolean): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tour: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      context: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    tour: values.tour || !terminal,
    keep: values.keep,
    verbose: values.verbose,
    help: values.help,
    ...(values.context === undefined ? {} : { context: values.context }),
  };
}
