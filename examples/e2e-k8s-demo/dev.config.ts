import { defineConfig } from 'kdev';

export default defineConfig({
  environments: {
    local: { manifests: 'k8s/overlays/local', box: 'demo' },
    production: { manifests: 'k8s/overlays/production', protected: true },
  },
  services: {
    adder: {
      build: { target: 'dev' },
      sync: { e2e_k8s: '/app/e2e_k8s', tests: '/app/tests' },
      restart: ['e2e_k8s/**/*.py'],
      rebuild: ['pyproject.toml'],
      ports: [8080],
      tests: {
        unit: 'pytest tests/unit',
        functional: 'pytest tests/functional',
        lint: { commands: ['ruff check', 'ruff format --check'] },
      },
    },
  },
});
