import { annotations, podLayout, restarterEnv } from '../core/pod-layout.ts';

/** How kdev's own entries in a pod template are told from the person's: by name. */
export const isOurs = {
  volume: (name: string): boolean =>
    name === podLayout.sharedVolume || name === podLayout.codeVolume || name === podLayout.keysVolume,

  initContainer: (name: string): boolean =>
    name === podLayout.installContainer ||
    name === podLayout.sidecarContainer ||
    name === podLayout.fillContainer ||
    name.startsWith(`${podLayout.fillContainer}-`),

  env: (name: string): boolean => name === restarterEnv.container || name === restarterEnv.onCrash,

  /** Mounts are named after their volume. */
  mount: (name: string): boolean => isOurs.volume(name),

  templateAnnotation: (name: string): boolean => name === annotations.services,

  annotation: (name: string): boolean =>
    name === annotations.undo || name === annotations.learned || name === annotations.images,
};
