/**
 * Text that Kubernetes must pass on as it is: in a manifest's command and in values of variables it expands `$(NAME)`
 * and takes `$$` for one `$`. (What stands in an image's configuration is not expanded.)
 */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}
