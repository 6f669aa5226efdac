import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Engine } from './engine.ts';

const deadlineMs = 30_000;

/** A bit of everything that a batch can hold, different each time. */
function save(tree: string, round: number): void {
  for (const name of ['main.py', 'cut', 'cut-0', 'cut-1'])
    rmSync(`${tree}/${name}`, { recursive: true, force: true });
  mkdirSync(`${tree}/cut-${round % 2}/nested`, { recursive: true });
  writeFileSync(`${tree}/main.py`, `round ${round}`);
  writeFileSync(`${tree}/cut-${round % 2}/nested/large`, Buffer.alloc(700_000, `${round} `));
  symlinkSync(`target-${round}`, `${tree}/cut-${round % 2}/link`);
  writeFileSync(`${tree}/cut`, `${round}`);
}

/**
 * Cuts the connection behind and inside every frame of either direction, from the first word of a new connection
 * to the last acknowledgement of what was saved meanwhile, one after the other. Returns how many cuts there were.
 */
export async function everyCut(
  engine: Engine,
  options: {
    /** Only each n-th frame. @default 1 */
    readonly everyNth?: number;
    readonly onCut: (cut: string, failure: string | undefined) => void;
    readonly isOver?: () => boolean;
  },
): Promise<number> {
  const { everyNth = 1, onCut, isOver = () => false } = options;
  const { pod, tree } = engine;
  let cuts = 0;
  for (const direction of ['up', 'down'] as const) {
    for (const inside of [false, true]) {
      for (let frames = inside ? 0 : 1; !isOver(); frames += everyNth) {
        pod.link.cut();
        pod.gate.cutAfter(direction, frames, inside);
        save(tree, cuts);
        const failure = await engine.rest(deadlineMs).then(() => undefined, String);
        // A cut that never came was beyond the last frame.
        const wasLast = pod.gate.armed;
        pod.gate.heal();
        if (wasLast) break;
        cuts += 1;
        onCut(`cut ${inside ? 'inside' : 'behind'} frame ${frames} on its way ${direction}`, failure);
      }
    }
  }
  return cuts;
}
