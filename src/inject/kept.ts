/** What a field was before kdev: nothing in it = the field was not there, else its one value. */
export type Kept = readonly [] | readonly [unknown];

type Fields = Record<string, unknown>;

export function keep(object: object, field: string): Kept {
  return Object.hasOwn(object, field) ? [(object as Fields)[field]] : [];
}

/** For lists and maps that kdev only adds to: nothing to keep where there is one, its own entries have names. */
export function keepUnlessThere(object: object, field: string): Kept | undefined {
  const value = (object as Fields)[field];
  return typeof value === 'object' && value !== null ? undefined : keep(object, field);
}

export function putBack<T extends object>(object: T, field: string, kept: Kept): T {
  const fields: Fields = { ...(object as Fields) };
  if (kept.length === 0) delete fields[field];
  else fields[field] = kept[0];
  return fields as T;
}

/**
 * Takes kdev's own entries out of a list or map. Where there was neither before and nothing else is in it now, what
 * was kept is put back.
 */
export function takeOut<T extends object>(
  object: T,
  field: string,
  kept: Kept | undefined,
  isOurs: (name: string) => boolean,
): T {
  const value = (object as Fields)[field];
  if (typeof value !== 'object' || value === null) return object;
  const left = Array.isArray(value)
    ? (value as { readonly name: string }[]).filter(({ name }) => !isOurs(name))
    : Object.fromEntries(Object.entries(value).filter(([name]) => !isOurs(name)));
  if (kept && Object.keys(left).length === 0) return putBack(object, field, kept);
  return { ...object, [field]: left };
}
