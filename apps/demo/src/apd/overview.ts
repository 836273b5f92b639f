import { vocColors, type LabelMap } from "@fovea/data";
import type { LargeImage, Pixels } from "@fovea/nn";
import type { LabelBand } from "@fovea/segmentation";

/** A large image and its label map, at a size for pages. */
export interface Overview {
  readonly image: Pixels;
  /** Filled as bands come: of each pixel the class in its middle. */
  readonly labels: LabelMap;
  add(band: LabelBand): void;
  /** The image with the colours of the classes over it. */
  overlay(): Pixels;
}

/** Pixels of the longer side, at most. */
const SIDE = 1024;

/** @param source - read once, at the overview's scale */
export async function overviewOf(source: LargeImage): Promise<Overview> {
  const { width, height } = source;
  const all = { left: 0, top: 0, width, height };
  const image = await source.read(all, Math.min(1, SIDE / Math.max(width, height)));
  const data = new Uint8Array(image.width * image.height);
  const middle = (i: number, from: number, to: number) => Math.floor(((i + 0.5) * to) / from);
  const labels: LabelMap = { width: image.width, height: image.height, data };
  const columns = Array.from({ length: image.width }, (_, x) => middle(x, image.width, width));
  return {
    image,
    labels,
    add({ top, height: rows, labels: ids }) {
      for (let y = 0; y < image.height; y++) {
        const row = middle(y, image.height, height) - top;
        if (row < 0 || row >= rows) continue;
        columns.forEach((column, x) => (data[y * image.width + x] = ids[row * width + column]!));
      }
    },
    overlay: () => overlayOf(image, labels),
  };
}

/** How much of the colours of classes is seen. */
const OPACITY = 0.5;

function overlayOf({ data: pixels, ...size }: Pixels, { data: labels }: LabelMap): Pixels {
  const data = Uint8Array.from(pixels, (value, i) => {
    const color = vocColors[labels[Math.floor(i / 3)]!]![i % 3]!;
    return Math.round((1 - OPACITY) * value + OPACITY * color);
  });
  return { ...size, data };
}
