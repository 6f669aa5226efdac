import { setTimeout as pause } from 'node:timers/promises';
import type { ExampleFiles } from './example-files.ts';
import { content, field, heading, missing, result } from './questions.ts';
import type { TourStep } from './tour-step.ts';

const view = 'e2e_k8s/demo.py';
const page = 'e2e_k8s/templates/form.jinja2';
const darkStyle = 'body {\n  background: #111;\n  color: #eee;\n}\n';

/** What the tour does to the example, in this order; each step starts where the one before it ended. */
export const steps: readonly TourStep[] = [
  {
    title: 'a template: live without a restart',
    edit: (files) => files.replace(page, ['<h1>The adder</h1>', '<h1>The adder, edited</h1>']),
    expect: { kind: 'answers', process: 'same', questions: [heading('The adder, edited')] },
    tests: { unit: 'passed', functional: 'passed', lint: 'passed' },
  },
  {
    title: 'code, twice within one second and of the same size: the sum becomes a product',
    edit: (files) => saveTwiceInOneSecond(files, view, ['return a + b', 'return a - b', 'return a * b']),
    expect: { kind: 'answers', process: 'new', questions: [result(42), heading('The adder, edited')] },
    tests: { unit: 'failed', functional: 'failed', lint: 'passed' },
  },
  {
    title: 'a syntax error: the app ends, its container stays',
    edit: (files) => files.replace(view, ['return a * b', 'return a * b (']),
    expect: { kind: 'held' },
  },
  {
    title: 'its repair: the app is back, in the same container',
    edit: (files) => files.replace(view, ['return a * b (', 'return a * b']),
    expect: { kind: 'answers', process: 'new', questions: [result(42)] },
  },
  {
    title: 'a file deleted, another one made',
    edit: async (files) => {
      await files.remove('e2e_k8s/static/adder.css');
      await files.write('e2e_k8s/static/dark.css', darkStyle);
      await files.replace(page, ['static/adder.css', 'static/dark.css']);
    },
    expect: {
      kind: 'answers',
      process: 'same',
      questions: [missing('/static/adder.css'), content('/static/dark.css', darkStyle)],
    },
  },
  {
    title: 'a dependency added: a new image, built in the cluster and rolled out',
    edit: async (files) => {
      await files.write('requirements.txt', `${await files.read('requirements.txt')}\nroman==5.2\n`);
    },
    expect: {
      kind: 'rolled-out',
      questions: [result(42), heading('The adder, edited'), missing('/static/adder.css')],
    },
  },
  {
    title: 'code that uses the new dependency',
    edit: (files) =>
      files.replace(
        view,
        ['from pyramid.view', 'import roman\nfrom pyramid.view'],
        ['"result": add(a, b)}', '"result": add(a, b), "roman": roman.toRoman(add(a, b))}'],
      ),
    expect: { kind: 'answers', process: 'new', questions: [field('roman', 'XLII'), result(42)] },
  },
];

/**
 * Python takes a cached file for unchanged when the source has the size and the whole second of the mtime that it was
 * compiled from. So the second save comes late enough for the first to have been compiled, and still in its second.
 */
async function saveTwiceInOneSecond(
  files: ExampleFiles,
  file: string,
  [before, between, after]: readonly [string, string, string],
): Promise<void> {
  const original = await files.read(file);
  const middle = original.replace(before, between);
  const last = original.replace(before, after);
  if (middle === original || middle.length !== last.length) throw new Error(`${file} has no "${before}"`);
  const gapMs = 850;
  for (let attempt = 1; attempt <= 20; attempt++) {
    await pause(1_010 - (Date.now() % 1000));
    const due = Date.now() + gapMs;
    await files.write(file, middle);
    const first = await files.stampOf(file);
    await pause(due - Date.now());
    await files.write(file, last);
    const second = await files.stampOf(file);
    if (first.second === second.second && first.size === second.size) return;
    await files.write(file, original);
  }
  throw new Error('this machine is too slow to save a file twice within a second');
}
