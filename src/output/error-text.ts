import { inspect } from 'node:util';
import { KdevError } from '../core/error.ts';
import { codeFrame } from './code-frame.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

/**
 * An error for people: what happened, where, why, what to do. Ends without a newline. What is no `KdevError` is a
 * bug of kdev's own and says so; stack and causes are added when `verbose`. With `columns` lines are broken to that
 * width, but for texts that have lines of their own already.
 */
export function errorText(error: unknown, style: Style, verbose: boolean, columns?: number): string {
  const rows = error instanceof KdevError ? factRows(error, style) : bugRows(error, style, verbose);
  const [first = '', ...others] = columns === undefined ? rows : rows.map((line) => toWidth(line, columns));
  const lines = [first, ...others];
  if (error instanceof KdevError && error.source) {
    const frame = codeFrame(error.source, style, columns);
    // Below the place that it shows.
    if (frame.length > 0) lines.splice(error.where === undefined ? 1 : 2, 0, '', ...frame, '');
  }
  if (verbose) lines.push('', style.dim(inspect(error, { depth: 4 })));
  return lines.join('\n');
}

function factRows(error: KdevError, style: Style): string[] {
  const lines = [`${style.bad('✗')} ${style.bold(error.what)}  ${style.dim(error.code)}`];
  if (error.where !== undefined) lines.push(row('at', error.where, style));
  if (error.why !== undefined) lines.push(row('why', error.why, style));
  if (error.cure !== undefined) lines.push(row('do', error.cure, style));
  return lines;
}

function bugRows(error: unknown, style: Style, verbose: boolean): string[] {
  const lines = [
    `${style.bad('✗')} ${style.bold('This is a bug in kdev.')}  ${style.dim('bug')}`,
    row('why', error instanceof Error ? error.message : inspect(error), style),
  ];
  if (!verbose)
    lines.push(row('do', 'Run the command again with --verbose and report what it prints.', style));
  return lines;
}

/** Continued lines stand under the text of a row. */
const indent = 7;

function toWidth(line: string, columns: number): string {
  return line.includes('\n') ? line : wrap(line, columns, indent);
}

function row(title: string, text: string, style: Style): string {
  return text
    .split('\n')
    .map((line, index) => `  ${style.dim((index === 0 ? title : '').padEnd(4))} ${line}`.trimEnd())
    .join('\n');
}
