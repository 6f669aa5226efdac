import { parseArgs } from 'node:util';
import { cacheRoot } from '../artifacts/cache-root.ts';
import { exitCodeOf, KdevError, messageOf } from '../core/error.ts';
import { hostPlatform } from './image-architecture.ts';
import { type ImageName, imageNames } from './image-names.ts';
import { provideImages } from './provide-images.ts';

const usage = `Makes kdev's own images: restarter, sidecar, builder and registry.

  npm run images                              all of them
  npm run images -- sidecar                   one
  npm run images -- --platform linux/arm64

  --platform   linux/amd64 or linux/arm64 (default: this machine's own, ${hostPlatform()})
  --verbose    also print what the tools print
`;

/** Runs `npm run images`; resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const options = {
    platform: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort(new Error('interrupted')));
  process.once('SIGTERM', () => abort.abort(new Error('terminated')));
  const images = await provideImages({
    cacheDir: cacheRoot(process.env),
    signal: abort.signal,
    reporter: {
      step: (text) => process.stderr.write(`${text}\n`),
      detail: (text) => (values.verbose ? process.stderr.write(`  ${text}\n`) : undefined),
    },
    names: positionals.length === 0 ? (Object.keys(imageNames) as ImageName[]) : positionals.map(imageNameOf),
    ...(values.platform === undefined ? {} : { platform: values.platform }),
  });
  for (const { reference, layoutDir, compressedBytes } of images) {
    process.stdout.write(`${reference}  ${(compressedBytes / 1e6).toFixed(1)} MB  ${layoutDir}\n`);
  }
  return 0;
}

function imageNameOf(text: string): ImageName {
  if (Object.hasOwn(imageNames, text)) return text as ImageName;
  throw new KdevError({
    code: 'image-unknown',
    fault: 'user',
    what: `kdev has no image called "${text}".`,
    cure: `Take one of: ${Object.keys(imageNames).join(', ')}.`,
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  const error = thrown instanceof KdevError ? thrown : undefined;
  const lines = [messageOf(thrown), error?.why, error?.cure].filter((line) => line !== undefined);
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exitCode = exitCodeOf(thrown);
}
