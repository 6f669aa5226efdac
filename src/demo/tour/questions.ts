import type { Answer } from '../observer/ask.ts';
import type { Question } from './tour-step.ts';

/** `/api/add` with 6 and 7 answers this result. */
export function result(expected: number): Question {
  return {
    path: '/api/add?a=6&b=7',
    right: (answer) => answer.status === 200 && fieldOf(answer, 'result') === expected,
    show: (answer) => `6 and 7 make ${shown(fieldOf(answer, 'result'), answer)}`,
  };
}

/** A field of `/api/add` with 6 and 7. */
export function field(name: string, expected: unknown): Question {
  return {
    path: '/api/add?a=6&b=7',
    right: (answer) => answer.status === 200 && fieldOf(answer, name) === expected,
    show: (answer) => `${name} ${shown(fieldOf(answer, name), answer)}`,
  };
}

/** The page has this heading. */
export function heading(expected: string): Question {
  const headingOf = (answer: Answer): string | undefined => /<h1>(.*)<\/h1>/.exec(answer.body)?.[1];
  return {
    path: '/',
    right: (answer) => answer.status === 200 && headingOf(answer) === expected,
    show: (answer) => `heading ${shown(headingOf(answer), answer)}`,
  };
}

export function content(path: string, expected: string): Question {
  return {
    path,
    right: (answer) => answer.status === 200 && answer.body === expected,
    show: (answer) => `${path} ${shown(answer.body.trim(), answer)}`,
  };
}

export function missing(path: string): Question {
  return {
    path,
    right: (answer) => answer.status === 404,
    show: (answer) => `${path} ${answer.status}`,
  };
}

function fieldOf(answer: Answer, name: string): unknown {
  try {
    const value: unknown = JSON.parse(answer.body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  } catch {
    // Not JSON: whatever it is, it has no such field.
    return undefined;
  }
}

function shown(value: unknown, answer: Answer): string {
  if (value === undefined || answer.status !== 200) return `(status ${answer.status})`;
  return JSON.stringify(value);
}
