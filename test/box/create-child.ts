// Makes a box and prints every step, to be killed by a test at one of them: stateDir cacheDir sourcesDir name
import { createBox } from '../../src/box/create-box.ts';

const [stateDir = '', cacheDir = '', sourcesDir = '', name = ''] = process.argv.slice(2);
const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
await createBox({ stateDir, cacheDir, sourcesDir, name, reporter: { step: print, detail: print } });
print('made');
