/** The name of an image, taken apart as Docker reads it. */
export interface ImageName {
  /** `docker.io` where the name has none. */
  readonly host: string;
  /** Path within the registry, `library/` filled in. */
  readonly repository: string;
  /** `latest` where the name has none. */
  readonly tag: string;
  readonly digest?: string;
  /** The shortest spelling: without `docker.io/library/` and `:latest`, as BuildKit calls a named context. */
  readonly familiar: string;
}

const pattern =
  /^([a-z0-9][a-z0-9._/-]*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** Undefined for what is no name of an image. */
export function parseImageName(text: string): ImageName | undefined {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const hasHost = /[.:A-Z]/.test(first) || first === 'localhost';
  const host = hasHost && first !== 'index.docker.io' ? first : 'docker.io';
  const found = pattern.exec(hasHost ? text.slice(slash + 1) : text);
  if (!found) return undefined;
  const [, path = '', tag = 'latest', digest] = found;
  const repository = host === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  const short = host === 'docker.io' ? repository.replace(/^library\//, '') : `${host}/${repository}`;
  return {
    host,
    repository,
    tag,
    ...(digest !== undefined && { digest }),
    familiar: `${short}${tag === 'latest' ? '' : `:${tag}`}`,
  };
}
