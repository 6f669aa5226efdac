/** All that kdev takes of the client library; a module of its own, so that bundling leaves the rest out. */
export { KubeConfig } from '@kubernetes/client-node';
