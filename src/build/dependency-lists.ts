/** Names (micromatch) of the files that say what has to be installed, of the usual languages. */
export const dependencyLists: readonly string[] = [
  'requirements*.txt',
  '{pyproject,Pipfile,poetry,uv}.{toml,lock}',
  'Pipfile',
  'setup.{py,cfg}',
  '{package,package-lock,npm-shrinkwrap}.json',
  '{yarn,pnpm-lock,bun}.{lock,yaml,lockb}',
  'go.{mod,sum,work}',
  'Cargo.{toml,lock}',
  '{Gemfile,Gemfile.lock,*.gemspec}',
  'composer.{json,lock}',
  'pom.xml',
  '{build,settings}.gradle{,.kts}',
  '*.{csproj,fsproj}',
  'mix.{exs,lock}',
];
