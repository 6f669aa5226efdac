/** Which rows of a list are shown, so that the chosen one is among them and stands as much in the middle as it can. */
export function windowOf(count: number, chosen: number, height: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(chosen - Math.floor(height / 2), count - height));
  return { from, to: Math.min(count, from + height) };
}
