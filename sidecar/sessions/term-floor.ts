import { readFileSync } from 'node:fs';

/**
 * The lowest term that may still be obeyed, from the workload's Secret: a session writes its term there before it
 * dials, so that agents born later know it. Read again for each hello, because the kubelet updates the file.
 */
export function readTermFloor(file: string): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // A pod without the Secret (attached to, or in a test) has no floor.
    return 0;
  }
  const floor = Number.parseInt(text.trim(), 10);
  return Number.isSafeInteger(floor) && floor >= 0 ? floor : 0;
}
