/** Waits between tries, ms: 0.1, 0.2, 0.4 … 5 s. Reset by making a new one. */
export function createBackoff(
  options: { readonly firstMs?: number; readonly maxMs?: number } = {},
): () => number {
  const { firstMs = 100, maxMs = 5_000 } = options;
  let next = firstMs;
  return () => {
    const wait = next;
    next = Math.min(next * 2, maxMs);
    return wait;
  };
}
