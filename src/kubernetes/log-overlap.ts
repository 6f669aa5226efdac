/**
 * Recognises the lines that a log request repeats. The API server takes `sinceTime` in whole seconds, so a request
 * that goes on from the last line brings that line's whole second again.
 */
export interface LogOverlap {
  /** RFC 3339 in whole seconds: where a request has to begin; absent before the first line. */
  readonly since: string | undefined;
  /** A request begins; whatever it brings from the last second may be a repetition. */
  begin(): void;
  /** Whether the line is new; remembers it. `stamped` is the line as the server sends it, time first. */
  admit(stamped: string): boolean;
}

export function createLogOverlap(): LogOverlap {
  let second: string | undefined;
  /** Lines of that second that were passed on, with how often, and what of them this request may repeat. */
  let passed = new Map<string, number>();
  let repeatable = new Map<string, number>();
  return {
    get since() {
      return second;
    },
    begin() {
      repeatable = new Map(passed);
    },
    admit(stamped) {
      const left = repeatable.get(stamped) ?? 0;
      if (left > 0) {
        repeatable.set(stamped, left - 1);
        return false;
      }
      const own = secondOf(stamped);
      if (second === undefined || own > second) {
        second = own;
        passed = new Map();
      }
      if (own === second) passed.set(stamped, (passed.get(stamped) ?? 0) + 1);
      return true;
    },
  };
}

/** `2026-11-21T13:30:00.123456789+01:00 …` → the same instant's whole second in UTC. */
function secondOf(stamped: string): string {
  const time = stamped.slice(0, stamped.indexOf(' '));
  const ms = Date.parse(time.replace(/\.\d+/, ''));
  return Number.isNaN(ms) ? time : new Date(ms).toISOString().replace('.000Z', 'Z');
}
