/** How often each kind of edit and fault really happened. */
export class Tally {
  rests = 0;
  readonly #counts = new Map<string, number>();

  count(kind: string): void {
    this.#counts.set(kind, this.of(kind) + 1);
  }

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  sum(kinds: readonly string[]): number {
    return kinds.reduce((sum, kind) => sum + this.of(kind), 0);
  }

  missing(kinds: readonly string[]): string[] {
    return kinds.filter((kind) => this.of(kind) === 0);
  }

  /** `write 12, remove 3, …` */
  describe(kinds: readonly string[]): string {
    return kinds.map((kind) => `${kind} ${this.of(kind)}`).join(', ');
  }
}
