import { KdevError } from '../core/error.ts';

/** Go's and Debian's name of the processors that kdev's images are made for. */
export type ImageArchitecture = 'amd64' | 'arm64';

/**
 * The processor of a platform like `linux/arm64`.
 *
 * @throws KdevError `image-platform-unknown`.
 */
export function architectureOf(platform: string): ImageArchitecture {
  if (platform === 'linux/amd64') return 'amd64';
  if (platform === 'linux/arm64') return 'arm64';
  throw new KdevError({
    code: 'image-platform-unknown',
    fault: 'user',
    what: `kdev has no images for the platform "${platform}".`,
    cure: 'Take linux/amd64 or linux/arm64.',
  });
}

/** This machine's own platform. */
export function hostPlatform(arch: string = process.arch): string {
  return `linux/${arch === 'x64' ? 'amd64' : arch}`;
}
