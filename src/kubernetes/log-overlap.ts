/**
 * Recognises the lines that a log request repeats. The API server takes `sinceTime` in whole seconds, and the lines of
 * stdout and stderr are stamped each by its own writer, so that they may stand in the log a little out of order: a
 * request that goes on from the last line begins a second before that line's, and brings up to two seconds again.
 */
export interface LogOverlap {
  /** RFC 3339 in whole seconds: where a request has to begin; absent before the first line. */
  readonly since: string | undefined;
  /** A request begins; whatever it brings of those two seconds may be a repetition. */
  begin(): void;
  /** Whether the line is new; remembers it. `stamped` is the line as the server sends it, time first. */
  admit(stamped: string): boolean;
}

const windowMs = 1_000;

export function createLogOverlap(): LogOverlap {
  const secondOf = createSecondReader();
  /** ms; the newest second that a line was of. */
  let newest: number | undefined;
  /** Lines that were passed on, with how often, by second; and what of them this request may repeat. */
  const passed = new Map<number, Map<string, number>>();
  let repeatable = new Map<string, number>();

  const remember = (stamped: string, second: number): void => {
    if (newest === undefined || second > newest) {
      newest = second;
      for (const old of passed.keys()) if (old < second - windowMs) passed.delete(old);
    }
    if (second < newest - windowMs) return;
    const lines = passed.get(second) ?? new Map<string, number>();
    lines.set(stamped, (lines.get(stamped) ?? 0) + 1);
    passed.set(second, lines);
  };

  return {
    get since() {
      return newest === undefined ? undefined : formatSecond(newest - windowMs);
    },
    begin() {
      repeatable = new Map([...passed.values()].flatMap((lines) => [...lines]));
    },
    admit(stamped) {
      const left = repeatable.get(stamped) ?? 0;
      if (left > 0) {
        if (left === 1) repeatable.delete(stamped);
        else repeatable.set(stamped, left - 1);
        return false;
      }
      remember(stamped, secondOf(stamped));
      return true;
    },
  };
}

function formatSecond(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** `2026-11-21T13:30:00.123456789+01:00 …` → ms since the epoch of that instant's whole second. */
function createSecondReader(): (stamped: string) => number {
  const secondLength = '2026-11-21T13:30:00'.length;
  let last = { prefix: '', ms: 0 };
  return (stamped) => {
    const prefix = stamped.slice(0, secondLength);
    if (prefix === last.prefix) return last.ms;
    const time = stamped.slice(0, stamped.indexOf(' '));
    const ms = Date.parse(time.replace(/\.\d+/, ''));
    if (Number.isNaN(ms)) return last.ms;
    last = { prefix, ms };
    return ms;
  };
}
