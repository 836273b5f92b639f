import { open, rename, rm } from "node:fs/promises";
import { pause } from "@fovea/nn/node";
import { HubError } from "../hub/hub-error.js";
import type { FileDigest } from "../hub/hub-info.js";
import type { HubRequest } from "../hub/hub-options.js";
import { reasonOf, request } from "../hub/request.js";
import { hasDigest, sizeOf } from "./digest.js";

/** How far a download is. */
export interface DownloadProgress {
  /** The file's path in the repository. */
  readonly file: string;
  /** Bytes that are on the disk, those of an earlier attempt included. */
  readonly received: number;
  /** Bytes of the file. */
  readonly total: number;
}

/** A file of a hub, and where it goes. */
export interface Download {
  readonly url: string;
  /** The path of the complete file. What has come of it so far is in `PATH.part`. */
  readonly path: string;
  readonly digest: FileDigest;
  /** How often a download that is cut off is gone on with. */
  readonly retries: number;
  readonly onProgress?: ((received: number) => void) | undefined;
}

/** The pause before the first retry, in milliseconds. It doubles with each, up to half a minute. */
const PAUSE_MS = 500;
const MOST_DOUBLINGS = 6;

/**
 * Downloads a file. What an earlier attempt has left is gone on with, also after the process was killed. The file is
 * there when it is complete and has its hash, and not before.
 *
 * @throws HubError if it stays cut off, whose bytes are kept for the next attempt, or if its hash is another, whose
 * bytes are deleted
 */
export async function download(hub: HubRequest, task: Download): Promise<void> {
  const { url, path, digest, retries } = task;
  const part = `${path}.part`;
  for (let attempt = 0; (await sizeOf(part)) !== digest.size; attempt++) {
    try {
      await append(hub, task, part);
    } catch (error) {
      if (!(error instanceof HubError && error.temporary) || attempt === retries) throw error;
      await pause(PAUSE_MS * 2 ** Math.min(attempt, MOST_DOUBLINGS), hub.signal);
    }
  }
  if (!(await hasDigest(part, digest))) {
    await rm(part, { force: true });
    throw new HubError(`${url} is not what the hub states: its hash is not ${digest.hash}. What came was deleted.`);
  }
  await rename(part, path);
}

/** Asks for what is missing of a file, and writes it behind what is there. */
async function append(hub: HubRequest, { url, digest, onProgress }: Download, part: string): Promise<void> {
  const { size } = digest;
  const kept = (await sizeOf(part)) ?? 0;
  const start = kept > size ? 0 : kept; // what is too long is of another file
  const response = await request(url, hub, start > 0 ? { range: `bytes=${start}-` } : {});
  const resumes = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${start}-`);
  let received = resumes ? start : 0; // a server that knows no ranges begins anew
  const file = await open(part, resumes ? "a" : "w");
  try {
    for await (const chunk of chunksOf(response, hub, (cause) => cutOff(url, received, size, cause))) {
      if (received + chunk.length > size) {
        await file.truncate(0);
        throw new HubError(`${url} is longer than the ${size} bytes that the hub states.`);
      }
      await file.appendFile(chunk);
      received += chunk.length;
      onProgress?.(received);
    }
  } finally {
    await file.close();
  }
  if (received < size) throw cutOff(url, received, size);
}

/** The bytes of a response as they come. What is thrown where they are used passes as it is. */
async function* chunksOf(
  { body }: Response,
  { signal }: HubRequest,
  cutOff: (cause: unknown) => HubError,
): AsyncGenerator<Uint8Array> {
  try {
    yield* (body ?? []) as unknown as AsyncIterable<Uint8Array>;
  } catch (cause) {
    signal?.throwIfAborted();
    throw cutOff(cause);
  }
}

const cutOff = (url: string, received: number, size: number, cause?: unknown): HubError =>
  new HubError(
    `${url} was cut off after ${received} of ${size} bytes${cause === undefined ? "" : ` (${reasonOf(cause)})`}. ` +
      `These are kept: the next attempt goes on from there.`,
    { temporary: true, cause },
  );
