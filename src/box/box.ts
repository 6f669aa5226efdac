/** What a person may choose about a box; two creates with equal settings mean the same box. */
export interface BoxSettings {
  /**
   * An IPv4 /22 that is the box's alone: its first /24 holds the link to the host, the second the pods, the third
   * the services. @default the first /22 of 10.213.0.0/16 that nothing on this machine uses
   */
  readonly subnet?: string | undefined;
  /**
   * Registry that `docker.io` names are looked up in when the box has no stand-in of that name, as a URL, e.g.
   * `http://registry.example:5000`. @default what containerd takes `docker.io` for
   */
  readonly upstream?: string | undefined;
}

/** An image for the box's mirror: an OCI image layout and the name it is to be pulled by. */
export interface BoxImage {
  /** With tag, e.g. `docker.io/kdev/sidecar:0.1.0`; the mirror answers `docker.io` names only. */
  readonly reference: string;
  readonly layoutDir: string;
}

/** A live box, as seen from the host. */
export interface Box {
  readonly name: string;
  /** IPv4 address that the API server (port 6443), the registry and the mirror listen on. */
  readonly address: string;
  /** Kubeconfig text with everything embedded; its only context is `contextName`. */
  readonly kubeconfig: string;
  /** `box-` and the name. */
  readonly contextName: string;
  /** Where builds push to; plain http. The same `host:port` works on the host, for nodes and in pods. */
  readonly registry: { readonly host: string };
  /** Mirror of `docker.io`: the stand-ins, read-only, plain http, `host:port`. */
  readonly mirror: { readonly host: string };
  /** Process id, on the host, of the box's first process. */
  readonly pid: number;
  /** Files, on the host: a log per component and `init.log`. */
  readonly logDir: string;
  /** Full names of the well-known images that the mirror answers for. */
  readonly standIns: readonly string[];
}

/** What every function here needs to know about its surroundings; passed in so that tests own it. */
export interface BoxPlace {
  /** Folder with `boxes/NAME` in it; see `stateRoot`. */
  readonly stateDir: string;
  /**
   * What all boxes of this machine share, whatever their `stateDir`: which subnets are taken, and what was changed
   * for all of them. Must not survive a reboot. @default '/run/kdev'
   */
  readonly machineDir?: string | undefined;
}
