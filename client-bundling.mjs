const client = /[\\/]node_modules[\\/]@kubernetes[\\/]client-node[\\/]/;

/**
 * For esbuild: the Kubernetes client is thousands of generated models, of which kdev takes none. Its package does not
 * say that a module which nothing is imported from can be left out; all of it is 14 MB of source that stays in memory.
 */
export const clientBundling = {
  name: 'kubernetes-client-without-models',
  setup: (build) => {
    build.onResolve({ filter: /^(\.{1,2}\/|@kubernetes\/client-node$)/ }, async (asked) => {
      const { importer, kind, path, pluginData, resolveDir } = asked;
      if (pluginData === 'asked' || !(client.test(importer) || path === '@kubernetes/client-node'))
        return undefined;
      const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: 'asked' });
      return found.errors.length > 0 ? found : { path: found.path, sideEffects: false };
    });
  },
};
