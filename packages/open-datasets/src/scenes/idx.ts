import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Small grey pictures with labels, as MNIST is stored. */
export interface IdxPictures {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** 0 … 255, [count, height, width] */
  readonly data: Uint8Array;
  readonly labels: Uint8Array;
}

/** `train` or `t10k` of a folder: two files each, as they are or with `.gz`. @throws Error that names the file */
export async function idxPictures(root: string, part: "train" | "t10k"): Promise<IdxPictures> {
  const pictures = await readIdx(join(root, `${part}-images-idx3-ubyte`), 3);
  const labels = await readIdx(join(root, `${part}-labels-idx1-ubyte`), 1);
  const [count, height, width] = pictures.shape as [number, number, number];
  if (labels.shape[0] !== count)
    throw new Error(`${root}: ${count} pictures of ${part}, but ${labels.shape[0]} labels.`);
  return { count, height, width, data: pictures.data, labels: labels.data };
}

/** Bytes of `rank` axes: 0, 0, 8 (bytes), rank, each axis as a big-endian word, then the values. */
async function readIdx(path: string, rank: number): Promise<{ shape: number[]; data: Uint8Array }> {
  const bytes = await bytesOf(path);
  const start = 4 + 4 * rank;
  if (bytes.length < start || bytes.readUInt32BE(0) !== 0x800 + rank)
    throw new Error(`${path}: no IDX file of bytes of ${rank} ${rank === 1 ? "axis" : "axes"}.`);
  const shape = Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const data = bytes.subarray(start);
  const expected = shape.reduce((product, length) => product * length);
  if (data.length !== expected)
    throw new Error(`${path}: ${data.length} values instead of the ${shape.join(" × ")} of its header.`);
  return { shape, data };
}

async function bytesOf(path: string): Promise<Buffer> {
  const [plain, packed] = [await readFile(path).catch(absent), await readFile(`${path}.gz`).catch(absent)];
  if (plain) return plain;
  if (!packed)
    throw new Error(
      `${path}: no such file, nor one with .gz; install Debian's dataset-fashion-mnist, or give \`root\`.`,
    );
  try {
    return gunzipSync(packed);
  } catch (cause) {
    throw new Error(`${path}.gz: it is damaged or cut short: ${(cause as Error).message}.`, { cause });
  }
}

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== "ENOENT") throw error;
};
