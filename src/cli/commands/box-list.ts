import type { Command } from '../command.ts';

export const boxList: Command = {
  name: 'box list',
  summary: 'the boxes of this machine and whether they work',
  examples: [['kdev box list --json', 'for scripts']],
  onProject: false,
  output: 'answer',
  run: async ({ flags, answer, style, surroundings }) => {
    const { listBoxes } = await import('../../box/list-boxes.ts');
    const { stateRoot } = await import('../../box/state-root.ts');
    const { table } = await import('../table.ts');
    const boxes = await listBoxes({ stateDir: stateRoot(surroundings.env) });
    if (flags.json) {
      answer(JSON.stringify(boxes, undefined, 2));
      return 0;
    }
    if (boxes.length === 0) {
      answer('There is no box. Make one: kdev box create NAME');
      return 0;
    }
    answer(
      table(
        ['NAME', 'STATE', 'ADDRESS', 'CREATED'],
        boxes.map(({ name, works, why, address, created }) => [
          name,
          works ? style.good('works') : style.bad(why ?? 'broken'),
          address ?? '',
          created ?? '',
        ]),
      ),
    );
    return 0;
  },
};
