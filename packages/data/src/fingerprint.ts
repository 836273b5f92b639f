import type { Pixels } from "@fovea/nn";
import type { ImageItem } from "./image.js";
import type { Normalization } from "./to-tensor.js";

/**
 * A text that differs if anything differs of which features depend: the images, their order, and how they become
 * numbers. The pixels of the first image are looked at in any case, so that another `load` of all images is seen even
 * if their fingerprints do not say so.
 */
export async function describeInputs(
  items: readonly Pick<ImageItem, "id" | "load" | "fingerprint">[],
  normalization: Normalization,
  signal?: AbortSignal,
): Promise<string> {
  const images: [id: string, fingerprint: string][] = [];
  for (const item of items) {
    signal?.throwIfAborted();
    images.push([item.id, item.fingerprint ? await item.fingerprint() : await digestOf(await item.load())]);
  }
  return JSON.stringify({ normalization, first: await digestOf(await items[0]!.load()), images });
}

/** Size and SHA-256 of the pixels. */
async function digestOf({ width, height, data }: Pixels): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(data)));
  return `${width} × ${height} ${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
