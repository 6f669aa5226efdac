/** In the environment of what a test runs in a network namespace of its own, so that none takes it for a box's. */
export const ofTests = 'KDEV_NETWORK_OF_A_TEST=1';
