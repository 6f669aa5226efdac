/** What takes the place of Ink's test for DEV=true: its developer tools are not there. */
const never = 'export const isDev = () => false;';
const stubs = new Map([
  ['react-devtools-core', 'export default undefined;'],
  ['./utils.js', never],
]);

/** Settings of esbuild for what draws with Ink: without React's own checks and without developer tools. */
export const inkBundling = {
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [
    {
      name: 'ink-without-developer-tools',
      setup: (build) => {
        build.onResolve({ filter: /^(react-devtools-core|\.\/utils\.js)$/ }, ({ path, importer }) =>
          /[\\/]node_modules[\\/]ink[\\/]build[\\/][^\\/]+$/.test(importer)
            ? { path, namespace: 'stub' }
            : undefined,
        );
        build.onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({
          contents: stubs.get(path) ?? '',
        }));
      },
    },
  ],
};
