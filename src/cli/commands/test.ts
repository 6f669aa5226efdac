import type { Command } from '../command.ts';

export const test: Command = {
  name: 'test',
  args: [
    ['[SERVICE]', 'default: every service that has tests'],
    ['[NAME...]', 'suites of it (default: all of them)'],
  ],
  summary: 'run the tests of a service in its container',
  description:
    'Waits until the container has every save, rebuilds that are due included, and runs the suites of the configuration ' +
    'there, through the running kdev watch or a session of its own, one after the other, also when one before failed. ' +
    'Ends with 1 when one is red, with 3 when one could not run. Ctrl-C and the time limit end the suite in the container.',
  options: [
    ['--watch', 'again after each save that matters'],
    ['--timeout DURATION', 'time limit of each suite (default: its own, 10m)'],
    ['--replica POD', 'where to run (default: the first by name that is in sync)'],
    ['--junit FILE', 'also write a JUnit report'],
    ['--allow-protected', 'write to an environment that the configuration protects'],
  ],
  examples: [
    ['kdev test', 'everything, in the order of the configuration'],
    ['kdev test adder unit lint', 'two suites'],
    ['kdev test adder unit -- -k adds', 'one suite, with more arguments'],
    ['kdev test --watch', 'again after each save'],
  ],
  onProject: true,
  output: 'events',
  run: async (invocation) => {
    const { runTests } = await import('../run-tests.ts');
    return runTests(invocation);
  },
};
