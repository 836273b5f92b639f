import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

const ZEROS = "0".repeat(64);

/** The metadata in whose place `seal` writes: as many zeros as a SHA-256 has hexadecimal digits. */
export const UNSEALED = { sha256: ZEROS };

/** Bytes hashed, or read, at once: Node hashes and reads no 2 GiB in one call. */
const PIECE = 2 ** 22;

/** Writes the SHA-256 of a complete safetensors file, taken with zeros in its place, into the file's metadata. */
export function seal(bytes: Uint8Array): void {
  const at = placeOf(bytes.subarray(0, headerEnd(bytes)), ZEROS);
  if (at < 0) throw new RangeError("seal: the file has no metadata `sha256` of 64 zeros.");
  const hash = createHash("sha256");
  for (let from = 0; from < bytes.length; from += PIECE) hash.update(bytes.subarray(from, from + PIECE));
  bytes.set(Buffer.from(hash.digest("hex"), "latin1"), at);
}

/**
 * Whether every byte of a file is as it was when it was sealed.
 *
 * @param file - a safetensors file whose header can be read
 * @param sha256 - what its metadata say
 */
export async function isIntact(file: FileHandle, sha256: string): Promise<boolean> {
  const at = placeOf(await headerOf(file), sha256);
  if (at < 0 || sha256.length !== ZEROS.length) return false;
  const hash = createHash("sha256");
  await hashPart(hash, file, 0, at);
  hash.update(ZEROS);
  await hashPart(hash, file, at + ZEROS.length, Infinity);
  return hash.digest("hex") === sha256;
}

async function hashPart(hash: Hash, file: FileHandle, from: number, to: number): Promise<void> {
  const piece = Buffer.alloc(PIECE);
  for (let at = from; at < to;) {
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, to - at), at);
    if (bytesRead === 0) return;
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** Where the hash stands in a header; −1 if it does not. Within a string of JSON the quotes would be escaped. */
function placeOf(header: Uint8Array, sha256: string): number {
  const before = '"sha256":"';
  const at = Buffer.from(header.buffer, header.byteOffset, header.byteLength).indexOf(`${before}${sha256}"`);
  return at < 0 ? at : at + before.length;
}

async function headerOf(file: FileHandle): Promise<Uint8Array> {
  const { buffer: length } = await file.read(Buffer.alloc(8), 0, 8, 0);
  const header = Buffer.alloc(headerEnd(length));
  await file.read(header, 0, header.length, 0);
  return header;
}

/** A safetensors file begins with the length of its header, which follows. */
const headerEnd = (bytes: Uint8Array): number =>
  8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
