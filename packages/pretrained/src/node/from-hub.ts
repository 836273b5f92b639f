import { readFile } from "node:fs/promises";
import { requireCounts } from "@fovea/nn";
import { readSafetensors, waitForLock } from "@fovea/nn/node";
import { weightsOfHub } from "../hub/from-hub.js";
import { HubError } from "../hub/hub-error.js";
import { fileUrl, hubInfo, type HubInfo } from "../hub/hub-info.js";
import { hubRequest, isCommit, type HubOptions, type HubRequest } from "../hub/hub-options.js";
import { CONFIG_FILE } from "../hub/model-config.js";
import type { PretrainedWeights } from "../pretrained-weights.js";
import { cachedRepository, defaultCache, type CachedRepository } from "./cache.js";
import { hasDigest } from "./digest.js";
import { download, type DownloadProgress } from "./download.js";

/** Options of `fromHub` in Node. */
export interface CachedHubOptions extends HubOptions {
  /** The folder that keeps downloads. Default: the environment variable `FOVEA_CACHE`, else `~/.cache/fovea`. */
  readonly cache?: string;
  /**
   * Whether the network is left alone, and only the cache is read. Default: whether the environment variable
   * `HF_HUB_OFFLINE` is 1.
   */
  readonly offline?: boolean;
  /**
   * How often a download that is cut off is gone on with, after a pause that doubles from half a second
   * to half a minute. Default 4.
   */
  readonly retries?: number;
  /** Called as bytes arrive, for a progress bar. Default: none. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/**
 * Reads published weights from a hub (Hugging Face, or what answers as it does), and keeps them on the disk: the next
 * call reads them from there, and asks the hub only whether the branch has moved on; of a commit it asks nothing. A
 * download that was cut off is gone on with. Every file must have the size and hash that the hub states, each time it
 * is read. Any number of processes may share the cache: one downloads, the others wait.
 *
 * If the hub cannot be reached, what the cache has of the revision is taken, with a warning.
 *
 * @param repository - such as "timm/resnet18.a1_in1k"
 * @throws HubError if the hub cannot be reached or has no such file, or if what comes is not what it states; RangeError
 * for a name or an option that is none, or a file that cannot be read; the reason of the signal, once it is aborted
 */
export async function fromHub(repository: string, options: CachedHubOptions = {}): Promise<PretrainedWeights> {
  const hub = hubRequest(repository, { ...environment(), ...options });
  requireCounts("fromHub", { retries: options.retries ?? 0 }, 0);
  const cached = cachedRepository(options.cache ?? defaultCache(), hub);
  const offline = options.offline ?? process.env["HF_HUB_OFFLINE"] === "1";
  const info = offline ? await cachedInfo(hub, cached) : await newestInfo(hub, cached);
  const pathOf = (file: string) => localFile(hub, info, file, cached, { ...options, offline });
  const config = info.files[CONFIG_FILE] && (await readFile(await pathOf(CONFIG_FILE), "utf8"));
  const { tensors } = await readSafetensors(await pathOf(hub.file));
  return weightsOfHub(hub, info, config, tensors);
}

/** What Hugging Face's own tools read from the environment, too. */
function environment(): HubOptions {
  const { HF_ENDPOINT: endpoint, HF_TOKEN: token } = process.env;
  return { ...(endpoint && { endpoint }), ...(token && { token }) };
}

async function cachedInfo(hub: HubRequest, cached: CachedRepository): Promise<HubInfo> {
  const info = await cached.info();
  if (info?.files[hub.file]) return info;
  throw new HubError(
    `offline, and the cache has no ${hub.file} of ${hub.repository} at "${hub.revision}". Call it once with a network.`,
  );
}

async function newestInfo(hub: HubRequest, cached: CachedRepository): Promise<HubInfo> {
  const known = await cached.info();
  if (known?.files[hub.file] && isCommit(hub.revision)) return known;
  try {
    const info = await hubInfo(hub);
    await cached.keep(info);
    return info;
  } catch (error) {
    if (!(error instanceof HubError && error.temporary && known?.files[hub.file])) throw error;
    process.emitWarning(`${error.message} What the cache has is taken, commit ${known.commit}.`, "FoveaWarning");
    return known;
  }
}

/** The path of a file of a commit, which is downloaded if the cache lacks it, or has it damaged. */
async function localFile(
  hub: HubRequest,
  { commit, files }: HubInfo,
  file: string,
  cached: CachedRepository,
  { offline, retries = 4, onProgress }: CachedHubOptions,
): Promise<string> {
  const [path, digest] = [await cached.pathOf(commit, file), files[file]!];
  if (await hasDigest(path, digest)) return path;
  if (offline) throw new HubError(`offline, and ${path} is missing or damaged. Call it once with a network.`);
  const lock = await waitForLock(`${path}.lock`, { who: "fromHub", signal: hub.signal });
  try {
    const url = fileUrl(hub, commit, file);
    const report = onProgress && ((received: number) => onProgress({ file, received, total: digest.size }));
    if (!(await hasDigest(path, digest))) await download(hub, { url, path, digest, retries, onProgress: report });
    return path;
  } finally {
    lock.release();
  }
}
