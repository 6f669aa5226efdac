import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import type { ImageArchitecture } from './image-architecture.ts';

/** What an image is made with. */
export interface ImageMaker {
  /** kdev's own folder. */
  readonly root: string;
  readonly architecture: ImageArchitecture;
  readonly signal: AbortSignal | undefined;
  /** The folder of an artifact that goes into the image, made first where it is missing. */
  provide(recipe: ArtifactRecipe): Promise<string>;
}
