import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { silentReporter } from '../core/reporter.ts';
import { runTool } from './run-tool.ts';

const failure = { code: 'tool-failed', what: 'It went wrong.' };
const shell = (script: string) => ({
  command: 'sh',
  args: ['-c', script],
  reporter: silentReporter,
  failure,
});

test('a tool’s lines are reported as they come, from both streams', async () => {
  const lines: string[] = [];
  const reporter = { step: () => undefined, detail: (line: string) => lines.push(line) };
  const { stdout } = await runTool({ ...shell('echo one; printf "two\\rthree" >&2'), reporter });
  expect(lines.sort()).toEqual(['one', 'three', 'two']);
  expect(stdout).toBe('one\n');
});

test('a tool that fails is an error with its last lines', async () => {
  const run = runTool(shell('for i in $(seq 40); do echo line $i; done; exit 3'));
  await expect(run).rejects.toMatchObject({
    code: 'tool-failed',
    what: 'It went wrong.',
    why: expect.stringMatching(/^sh ended with exit code 3\. Its last lines:\nline 26\n[\s\S]*line 40$/),
  });
});

test('a tool that is not there is named', async () => {
  const run = runTool({ command: 'no-such-tool', args: [], reporter: silentReporter, failure });
  await expect(run).rejects.toMatchObject({
    code: 'tool-missing',
    what: expect.stringContaining('no-such-tool'),
  });
});

test('an abort ends the tool and its children before it is reported', async () => {
  const abort = new AbortController();
  const reporter = {
    step: () => undefined,
    detail: (line: string) => {
      child = Number(line);
      abort.abort(new Error('enough'));
    },
  };
  let child = 0;
  const run = runTool({ ...shell('sleep 1000 & echo $!; wait'), reporter, signal: abort.signal });
  await expect(run).rejects.toThrow('enough');
  // It has closed its files, which comes a moment before its end, and who adopted it may not have reaped it yet.
  const state = (): Promise<string> => readFile(`/proc/${child}/stat`, 'utf8').catch(() => 'gone');
  await expect.poll(state, { timeout: 20_000 }).toMatch(/^gone$|\) [ZX] /);
});

test('input is handed over and an unread one does no harm', async () => {
  expect((await runTool({ ...shell('cat'), input: 'hello' })).stdout).toBe('hello');
  expect((await runTool({ ...shell('true'), input: 'x'.repeat(1 << 20) })).stdout).toBe('');
});
