import type { Service } from '../core/service.ts';
import type { ImageRecord } from './image-record.ts';

/** One service as it was deployed. */
export interface DeployedService {
  readonly service: Service;
  /** Container of the workload. */
  readonly container: string;
  /** How many pods the manifest asks for; 1 where it does not say. */
  readonly replicas: number;
  /** What kdev built; absent when the image is somebody else's. */
  readonly image?: ImageRecord;
}
