export interface LogBinding {
  readonly keys: string;
  readonly does: string;
  /** One word for the footer, for those that belong there. */
  readonly hint?: string;
}

/** The keys of the logs panel, for help and footer; `Logs.press` acts on them. */
export const logBindings: readonly LogBinding[] = [
  { keys: '↑ ↓ j k', does: 'one line up, down' },
  { keys: 'PgUp PgDn', does: 'one page up, down' },
  { keys: 'g G', does: 'to the first line; to the last, and follow' },
  { keys: '← → h l', does: 'sideways, where long lines are not wrapped' },
  { keys: '/ n N', hint: 'search', does: 'search; to the next, to the previous match' },
  { keys: '&', hint: 'filter', does: 'only lines with a text; with ! before it, those without' },
  { keys: 'f', hint: 'follow', does: 'follow what comes, or stay' },
  { keys: 'space', hint: 'hold', does: 'hold the lines still; again to go on' },
  { keys: 'v', hint: 'source', does: 'lines of: everything, app, build, test' },
  { keys: 'm', does: 'all services together, or the chosen one' },
  { keys: 'w', hint: 'wrap', does: 'wrap long lines, or not' },
  { keys: 'T', does: 'times of the lines' },
  { keys: 'C', does: 'clear' },
  { keys: 'Esc', does: 'end search and filter' },
];
