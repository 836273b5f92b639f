import { open } from "node:fs/promises";

/** What a file says of its label map before it is decoded. */
export interface LabelHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a number. */
  readonly depth: number;
  /** "ids", or what the file has instead. */
  readonly kind: string;
}

/** The first bytes of a file. @throws Error if there is no such file */
export async function firstBytes(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** @throws Error that says why the file cannot be a label map, and what to do */
export function requireIdHeader({ width, height, depth, kind }: LabelHeader, bits: 8 | 16, limit: number): void {
  if (kind !== "ids")
    throw new Error(
      `it is ${kind}, not a map of ids; if each class has a colour in it, convert it once by \`labelsOfColors\` and ` +
        "`writeLabelMap`",
    );
  if (depth > bits)
    throw new Error(
      `its numbers have ${depth} bits where ids of 8 bits are expected: is it a map of objects or depths? If ids ` +
        "above 255 are meant, set `bits: 16`",
    );
  if (width * height > limit) throw new Error(`the image has more than \`limitInputPixels\` (${limit}) pixels`);
}
