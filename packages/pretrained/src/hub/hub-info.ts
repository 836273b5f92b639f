import { HubError } from "./hub-error.js";
import { isCommit, type HubRequest } from "./hub-options.js";
import { reasonOf, request } from "./request.js";

/** The size and hash of a file, which a download must have. */
export interface FileDigest {
  /** In bytes. */
  readonly size: number;
  readonly algorithm: "sha256" | "git";
  /** In hexadecimal. "git" is the SHA-1 of `blob SIZE\0` and the bytes, which git has for small files. */
  readonly hash: string;
}

/** A commit of a repository. */
export interface HubInfo {
  readonly commit: string;
  /** The licence that the publisher states; null if it states none. */
  readonly license: string | null;
  /** The files by their paths. */
  readonly files: Readonly<Record<string, FileDigest>>;
}

/** What a hub says of a revision, as far as it is needed here. */
interface Answer {
  readonly sha?: string;
  readonly cardData?: { readonly license?: unknown };
  readonly siblings?: readonly {
    readonly rfilename: string;
    readonly size?: number;
    readonly blobId?: string;
    readonly lfs?: { readonly size: number; readonly sha256: string };
  }[];
}

/**
 * Asks which commit a revision is, and for the sizes and hashes of its files.
 *
 * @throws HubError if the hub cannot be reached, or has no such revision, or the file asked for is not in it
 */
export async function hubInfo(hub: HubRequest): Promise<HubInfo> {
  const { endpoint, repository, revision, file } = hub;
  const url = `${endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const { sha, siblings, cardData } = await jsonOf(await request(url, hub), hub, url);
  if (!sha || !isCommit(sha) || !siblings)
    throw new HubError(`${url} does not answer as a hub does: without a commit as \`sha\`, or without \`siblings\`.`);
  const digests = siblings.flatMap(({ rfilename, size, blobId, lfs }): [string, FileDigest][] => {
    if (lfs) return [[rfilename, { size: lfs.size, algorithm: "sha256", hash: lfs.sha256 }]];
    return size === undefined || !blobId ? [] : [[rfilename, { size, algorithm: "git", hash: blobId }]];
  });
  const files = Object.fromEntries(digests);
  if (!files[file]) throw new HubError(noFile(hub, Object.keys(files)));
  return { commit: sha, license: typeof cardData?.license === "string" ? cardData.license : null, files };
}

async function jsonOf(response: Response, { signal }: HubRequest, url: string): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HubError(`${url} does not answer as a hub does: ${reasonOf(cause)}.`, { temporary: true, cause });
  }
}

function noFile({ repository, file }: HubRequest, files: readonly string[]): string {
  const others = files.filter((path) => path.endsWith(".safetensors"));
  const rest =
    others.length > 0 ? `It has ${others.join(", ")}: say which by \`file\`.` : "It has no safetensors file.";
  return `${repository} has no ${file}. ${rest}`;
}

/** The address of a file. */
export const fileUrl = ({ endpoint, repository }: HubRequest, commit: string, path: string): string =>
  `${endpoint}/${repository}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
