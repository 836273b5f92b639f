import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { FileDigest } from "../hub/hub-info.js";

/** The number of bytes of a file; undefined if there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether a file is there and has the size and hash that it should have. */
export async function hasDigest(path: string, { size, algorithm, hash }: FileDigest): Promise<boolean> {
  if ((await sizeOf(path)) !== size) return false;
  const digest = createHash(algorithm === "git" ? "sha1" : "sha256");
  if (algorithm === "git") digest.update(`blob ${size}\0`);
  await pipeline(createReadStream(path), digest);
  return digest.digest("hex") === hash;
}
