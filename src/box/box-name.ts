import { KdevError } from '../core/error.ts';

/** Longest that leaves room for `box-` in a DNS label. */
const maxLength = 59;

/**
 * A box's name becomes its host name and its node's name.
 *
 * @throws KdevError `box-name-invalid` when it is no DNS label (RFC 1123).
 */
export function checkBoxName(name: string): void {
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) && name.length <= maxLength) return;
  throw new KdevError({
    code: 'box-name-invalid',
    fault: 'user',
    what: `"${name}" cannot be the name of a box.`,
    why: `The name becomes a host name: small letters, digits and hyphens, no hyphen at either end, 1 to ${maxLength} characters.`,
    cure: suggestion(name),
  });
}

function suggestion(name: string): string {
  const better = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, maxLength)
    .replaceAll(/^-+|-+$/g, '');
  return better === '' ? 'Choose a name such as "demo".' : `Choose a name such as "${better}".`;
}
