/**
 * One line of an ignore file, made ready. What it means is what BuildKit makes of it: not gitignore, and not
 * quite a glob either, see the remarks in `compile`.
 */
export interface IgnorePattern {
  /** Cleaned, without the `!`. */
  readonly text: string;
  /** It takes back what a line above it left out. */
  readonly exception: boolean;
  /** Whether the path itself fits; what is below a path that fits is not asked for here. */
  matches(path: string): boolean;
}

/** Go's unicode.IsSpace, which is not JavaScript's idea of white space. */
const space = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const ends = new RegExp(`^${space}+|${space}+$`, 'g');

/**
 * The patterns of an ignore file, in their order. `onInvalid` is told each one that BuildKit refuses, with its line
 * (from 1), now or when it is first asked; it fits nothing.
 */
export function readIgnoreFile(
  text: string,
  onInvalid: (line: number, pattern: string) => void,
): readonly IgnorePattern[] {
  const patterns: IgnorePattern[] = [];
  for (const [index, ending] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const line = ending.replace(/\r$/, '');
    // A comment begins in the first column; elsewhere # is a character like others.
    if (line.startsWith('#')) continue;
    const pattern = line.replace(ends, '');
    if (pattern === '') continue;
    // Cleaned twice, as BuildKit does it, the second time with the mark: `/!a` is an exception, `!../../a` is `a`.
    const marked = pattern.startsWith('!');
    const named = marked ? pattern.slice(1).replace(ends, '') : pattern;
    const once = named === '' ? '' : clean(named).replace(/^\/(?=.)/, '');
    const twice = clean(`${marked ? '!' : ''}${once}`.replace(ends, ''));
    const exception = twice.startsWith('!');
    const cleaned = exception ? twice.slice(1) : twice;
    const refuse = (): false => {
      onInvalid(index + 1, pattern);
      return false;
    };
    if (cleaned === '' || !isAccepted(cleaned)) refuse();
    // BuildKit finds what is wrong with an escape when it first asks, and a line that it never asks is no error.
    else if (cleaned !== undefined)
      patterns.push({ text: cleaned, exception, matches: compile(cleaned) ?? refuse });
  }
  return patterns;
}

/** Go's path.Clean. */
function clean(path: string): string {
  const root = path.startsWith('/') ? '/' : '';
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (root === '') kept.push(part);
  }
  return root + kept.join('/') || '.';
}

/**
 * Whether Go's path.Match takes it for a pattern when it is asked about `.`, which is how BuildKit looks for mistakes:
 * it reads no further than the first piece between stars that does not fit.
 */
function isAccepted(pattern: string): boolean {
  for (const piece of piecesOf(pattern)) {
    if (!isWellFormed(piece)) return false;
    if (!fitsDot(piece)) return true;
  }
  return true;
}

/** What stands between the stars; a star in brackets is none. */
function piecesOf(pattern: string): string[] {
  const pieces = [''];
  let inBrackets = false;
  for (const [character = ''] of pattern.matchAll(/\\?./gsu)) {
    if (character === '*' && !inBrackets) pieces.push('');
    else pieces.push(`${pieces.pop() ?? ''}${character}`);
    if (character === '[' || character === ']') inBrackets = character === '[';
  }
  return pieces.filter((piece) => piece !== '');
}

function fitsDot(piece: string): boolean {
  if (!piece.startsWith('[')) return ['.', '?', '\\.'].includes(piece);
  const characters = [...piece];
  const brackets = readBrackets(characters, 1);
  if (brackets?.end !== characters.length) return false;
  return brackets.ranges.some(([low, high]) => low <= '.' && '.' <= high) !== brackets.negated;
}

/** Brackets are closed and not empty, and something comes after a backslash. */
function isWellFormed(pattern: string): boolean {
  const characters = [...pattern];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at++];
    if (character === '\\' && at++ >= characters.length) return false;
    if (character !== '[') continue;
    const brackets = readBrackets(characters, at);
    if (!brackets) return false;
    at = brackets.end;
  }
  return true;
}

interface Brackets {
  readonly negated: boolean;
  /** First and last character of each. */
  readonly ranges: readonly (readonly [string, string])[];
  /** Index behind the `]`. */
  readonly end: number;
}

/** Brackets as Go's path.Match reads them, from behind the `[`; undefined where it finds a mistake. */
function readBrackets(characters: readonly string[], from: number): Brackets | undefined {
  let at = from;
  const negated = characters[at] === '^';
  if (negated) at++;
  const member = (): string | undefined => {
    const first = characters[at++];
    if (first === '-' || first === ']') return undefined;
    const character = first === '\\' ? characters[at++] : first;
    return at < characters.length ? character : undefined;
  };
  const ranges: [string, string][] = [];
  while (characters[at] !== ']' || ranges.length === 0) {
    const low = member();
    if (low === undefined) return undefined;
    const isRange = characters[at] === '-';
    if (isRange) at++;
    const high = isRange ? member() : low;
    if (high === undefined) return undefined;
    ranges.push([low, high]);
  }
  return { negated, ranges, end: at + 1 };
}

/** Undefined when it makes no regular expression that Go would accept. */
function compile(pattern: string): IgnorePattern['matches'] | undefined {
  const rest = pattern.slice(2);
  // Two stars in front or at the end are compared as texts: `**foo` fits `xfoo`, `foo**` fits `foox/y`.
  if (pattern.startsWith('**') && !/[*?[\]\\]/.test(rest)) {
    return (path) => path.endsWith(rest) || (rest.startsWith('/') && path === rest.slice(1));
  }
  if (!/[*?[\]\\]/.test(pattern)) return (path) => path === pattern;
  if (pattern.endsWith('**') && !/[*?[\]\\]/.test(pattern.slice(0, -2))) {
    const prefix = pattern.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  try {
    const expression = new RegExp(`^${fromGo(expressionOf(pattern))}$`, 'u');
    return (path) => expression.test(path);
  } catch {
    return undefined;
  }
}

/** What BuildKit makes of a pattern: a regular expression as Go has them. Brackets are handed on as they are. */
function expressionOf(pattern: string): string {
  const characters = [...pattern];
  let expression = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*' && characters[at + 1] === '*') {
      at += characters[at + 2] === '/' ? 2 : 1;
      expression += at === characters.length - 1 ? '.*' : '(.*/)?';
    } else if (character === '*') expression += '[^/]*';
    else if (character === '?') expression += '[^/]';
    else if (character === '\\') expression += `\\${characters[++at] ?? '\\'}`;
    else expression += /[.+()|{}$]/.test(character) ? `\\${character}` : character;
  }
  return expression;
}

const goEscapesInClass: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...'dDwWsSfnrtv'].map((letter) => [letter, `\\${letter}`])),
  a: '\\x07',
};
const goEscapes: Readonly<Record<string, string>> = {
  ...goEscapesInClass,
  ...{ b: '\\b', B: '\\B', A: '(?:^)', z: '(?:$)' },
};

/** The same in JavaScript, which is stricter about brackets and escapes and knows more ends of a line. */
function fromGo(expression: string): string {
  const characters = [...expression];
  let result = '';
  let inClass = false;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '\\') {
      const next = characters[++at] ?? '\\';
      const known = inClass ? goEscapesInClass : goEscapes;
      const meaning = known[next] ?? (/[A-Za-z0-9\u0080-\u{10ffff}]/u.test(next) ? undefined : next);
      if (meaning === undefined) throw new SyntaxError(`\\${next}`);
      const escaped = inClass ? /^[\^\\[\]-]$/ : /^[$^\\.*+?()[\]{}|/]$/;
      result += escaped.test(meaning) ? `\\${meaning}` : meaning;
    } else if (character === '[' && !inClass) {
      inClass = true;
      result += '[';
      if (characters[at + 1] === '^') result += characters[++at];
      if (characters[at + 1] === ']') result += `\\${characters[++at]}`;
    } else if (character === ']' && inClass) {
      inClass = false;
      result += ']';
    } else if (character === '[' || character === ']') result += `\\${character}`;
    else result += character === '.' && !inClass ? '[^\\n]' : character;
  }
  return result;
}
