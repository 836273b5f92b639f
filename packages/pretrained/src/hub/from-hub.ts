import { decodeSafetensors } from "@fovea/nn";
import { pretrainedWeights, type PretrainedWeights } from "../pretrained-weights.js";
import { HubError } from "./hub-error.js";
import { fileUrl, hubInfo, type FileDigest, type HubInfo } from "./hub-info.js";
import { hubRequest, type HubOptions, type HubRequest } from "./hub-options.js";
import { CONFIG_FILE, readModelConfig } from "./model-config.js";
import { reasonOf, request } from "./request.js";

/**
 * Reads published weights from a hub (Hugging Face, or what answers as it does) into memory. Every file must have the
 * size and hash that the hub states. For pages, where the browser's own cache keeps what was downloaded; in Node,
 * `fromHub` of `@fovea/pretrained/node` keeps it on the disk.
 *
 * @param repository - such as "timm/resnet18.a1_in1k"
 * @throws HubError if the hub cannot be reached or has no such file, or if what comes is not what it states; RangeError
 * for a name that is none, or a file that cannot be read
 */
export async function fromHub(repository: string, options: HubOptions = {}): Promise<PretrainedWeights> {
  const hub = hubRequest(repository, options);
  const info = await hubInfo(hub);
  const config = info.files[CONFIG_FILE] && new TextDecoder().decode(await download(hub, info, CONFIG_FILE));
  return weightsOfHub(hub, info, config, decodeSafetensors(await download(hub, info, hub.file)).tensors);
}

/** Joins what a hub says of a file with its tensors. @param config - the text of `config.json` */
export function weightsOfHub(
  { repository }: HubRequest,
  { commit, license }: HubInfo,
  config: string | undefined,
  tensors: PretrainedWeights["tensors"],
): PretrainedWeights {
  const stated = readModelConfig(config);
  return pretrainedWeights({
    ...stated,
    name: `${repository}@${commit.slice(0, 7)}`,
    license: license ?? stated.license,
    layout: "pytorch",
    tensors,
  });
}

async function download(hub: HubRequest, { commit, files }: HubInfo, path: string): Promise<Uint8Array> {
  const url = fileUrl(hub, commit, path);
  const bytes = await bytesOf(await request(url, hub), hub);
  await requireDigest(url, bytes, files[path]!);
  return bytes;
}

async function bytesOf(response: Response, { signal }: HubRequest): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HubError(`${response.url} was cut off: ${reasonOf(cause)}.`, { temporary: true, cause });
  }
}

async function requireDigest(url: string, bytes: Uint8Array, { size, algorithm, hash }: FileDigest): Promise<void> {
  if (bytes.length !== size)
    throw new HubError(`${url} was cut off: expected ${size} bytes, got ${bytes.length}.`, { temporary: true });
  const prefix = algorithm === "git" ? new TextEncoder().encode(`blob ${size}\0`) : new Uint8Array();
  const input = new Uint8Array(prefix.length + size);
  input.set(prefix);
  input.set(bytes, prefix.length);
  const digest = await crypto.subtle.digest(algorithm === "git" ? "SHA-1" : "SHA-256", input);
  const got = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (got !== hash) throw new HubError(`${url} is not what the hub states: expected the hash ${hash}, got ${got}.`);
}
