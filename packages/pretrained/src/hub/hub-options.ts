/** Which file of a hub is read, and from where. */
export interface HubOptions {
  /** Branch, tag or commit. Default "main". A commit is the same for ever. */
  readonly revision?: string;
  /** The file of weights. Default "model.safetensors". */
  readonly file?: string;
  /** Address of the hub. Default "https://huggingface.co"; in Node, first the environment variable `HF_ENDPOINT`. */
  readonly endpoint?: string;
  /**
   * Access token, for repositories that are not public. Default: none; in Node, the environment variable `HF_TOKEN`.
   */
  readonly token?: string;
  /** Ends the download. Default: none. */
  readonly signal?: AbortSignal;
}

/** A repository of a hub, as requests need it. */
export interface HubRequest {
  readonly repository: string;
  readonly revision: string;
  readonly file: string;
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The commit of a revision: such a one never changes. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/**
 * @throws RangeError for names that are no names of a hub, and so could reach other folders, for an address that is
 * none, and for a token that no header can carry
 */
export function hubRequest(repository: string, options: HubOptions): HubRequest {
  const { revision = "main", file = "model.safetensors", endpoint = "https://huggingface.co" } = options;
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(repository) || hasDots(repository))
    throw new RangeError(`fromHub: expected a repository such as "timm/resnet18.a1_in1k", got "${repository}".`);
  if (!file.endsWith(".safetensors") || hasDots(file) || file.startsWith("/"))
    throw new RangeError(
      `fromHub: \`file\` must be a safetensors file of the repository, got "${file}". Other formats, such as PyTorch's ` +
        `.bin, can run code when they are read.`,
    );
  const { token, signal } = options;
  if (!/^https?:\/\/[^\s/]/.test(endpoint) || !URL.canParse(endpoint))
    throw new RangeError(`fromHub: \`endpoint\` (or \`HF_ENDPOINT\`) must be the address of a hub, got "${endpoint}".`);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new RangeError(
      "fromHub: `token` (or `HF_TOKEN`) must be letters, digits and signs, without spaces or line breaks.",
    );
  return { repository, revision, file, endpoint: endpoint.replace(/\/+$/, ""), token, signal };
}

/** Whether a path has a part that leads elsewhere. */
const hasDots = (path: string): boolean => path.split("/").some((part) => /^\.*$/.test(part));
