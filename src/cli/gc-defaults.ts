/** What `kdev gc` keeps when it is not told otherwise. */
export const gcDefaults = { keep: 5, olderThanMs: 24 * 3_600_000 } as const;
