/** What a field was before kdev: nothing in it = the field was not there, else its one value. */
export type Kept = readonly [] | readonly [unknown];

export function keep(object: object, field: string): Kept {
  return Object.hasOwn(object, field) ? [(object as Record<string, unknown>)[field]] : [];
}

/** For lists and maps that kdev only adds to: nothing to keep where there is one, its own entries have names. */
export function keepUnlessThere(object: object, field: string): Kept | undefined {
  const kept = keep(object, field);
  return typeof kept[0] === 'object' && kept[0] !== null ? undefined : kept;
}

export function putBack<T extends object>(object: T, field: string, kept: Kept): T {
  const rest: Record<string, unknown> = { ...object };
  if (kept.length === 0) delete rest[field];
  else rest[field] = kept[0];
  return rest as T;
}

/** Takes kdev's own entries out of a list or map, or puts back what stood there when it was neither. */
export function takeOut<T extends object>(
  object: T,
  field: string,
  kept: Kept | undefined,
  isOurs: (name: string, entry: unknown) => boolean,
): T {
  if (kept) return putBack(object, field, kept);
  const value = (object as Record<string, unknown>)[field];
  if (typeof value !== 'object' || value === null) return object;
  const left = Array.isArray(value)
    ? (value as { name: string }[]).filter((entry) => !isOurs(entry.name, entry))
    : Object.fromEntries(Object.entries(value).filter(([name, entry]) => !isOurs(name, entry)));
  return { ...object, [field]: left };
}
