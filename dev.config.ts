// kdev's own configuration is the example's: `kdev watch` here develops the adder.
export { default } from './examples/e2e-k8s-demo/dev.config.ts';
