import fc from 'fast-check';
import { type Edit, type EditKind, editKinds } from './edits.ts';

/** Names as bytes, each one character (latin1). The first are met most, so that edits meet each other. */
const names = [
  'a',
  'b',
  'c.py',
  'with space',
  'new\nline',
  '-dash',
  // é composed and decomposed, and bytes that are no UTF-8
  '\xc3\xa9',
  'e\xcc\x81',
  'bad\xff\xfe',
  'A',
  'n'.repeat(255),
];

const name = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('a', 'b', 'c.py') },
  { weight: 1, arbitrary: fc.constantFrom(...names) },
);
const place = fc.oneof(
  { weight: 8, arbitrary: fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')) },
  { weight: 1, arbitrary: fc.constant('main.py') },
);
const text = fc.oneof(
  fc.constantFrom('', 'x', 'y', 'text', 'abcd', '\0\xff'),
  fc.nat({ max: 999 }).map((number) => `number ${number}`),
);
const target = fc.oneof(
  name,
  fc.constantFrom('/etc/passwd', '../..', '../../../outside', '.', 'nowhere/at all'),
);

/** An edit of one of the kinds, by default of any. */
export function anyEdit(kinds: readonly EditKind[] = editKinds): fc.Arbitrary<Edit> {
  return fc.record({ kind: fc.constantFrom(...kinds), pick: fc.nat({ max: 50 }), place, text, target });
}
