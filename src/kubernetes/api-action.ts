/** What a call to the API server is about, in the API's own words, so that a failure can name it. */
export interface ApiAction {
  /** `get`, `list`, `watch`, `create`, `patch`, `delete`, `portforward`, … */
  readonly verb: string;
  /** Plural, with the sub-resource where there is one: `pods`, `pods/log`. */
  readonly resource: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

/** "patch deployments web in namespace shop" */
export function describeAction(action: ApiAction): string {
  const name = action.name === undefined ? '' : ` ${action.name}`;
  const namespace = action.namespace === undefined ? '' : ` in namespace ${action.namespace}`;
  return `${action.verb} ${action.resource}${name}${namespace}`;
}
