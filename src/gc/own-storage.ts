import type { OwnRegistry } from '../core/ports/registry.ts';
import type { RegistryStorage } from './registry-storage.ts';

/** Uploads are refused for so long at most, should kdev be killed meanwhile, ms. */
const holdMs = 300_000;

/** The storage of the registry that kdev runs in the cluster. */
export function ownStorage(own: OwnRegistry): RegistryStorage {
  return {
    bytes: async (signal) => (await own.usage(signal)).blobs,
    pushedAt: (signal) => own.pushedAt(signal),
    collect: async (work, signal) => {
      await own.holdUploads(holdMs, signal);
      try {
        await work();
        await own.collectBlobs(signal);
      } finally {
        await own.releaseUploads();
      }
    },
  };
}
