import type { BuildOptions } from 'esbuild';

export const inkBundling: Pick<BuildOptions, 'jsx' | 'define' | 'plugins'>;
