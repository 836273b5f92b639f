import { basename, extname, join } from "node:path";
import { byteCache, colorsOfLabels, retrying, type TileSource } from "@fovea/data";
import { writeLabelBands } from "@fovea/data/node";
import { figures, paragraph, percent, table, withProgress, type Figure, type Predict } from "@fovea/experiment";
import type { Pixels } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import type { LabelBand, Segmenter } from "@fovea/segmentation";
import { pngOf } from "../export/golden-image.js";
import { openImage } from "../open-image.js";
import { labelBands } from "./evaluate.js";
import { addressOf, legendOf } from "./figures.js";
import { networkOf } from "./networks.js";
import { overviewOf, type Overview } from "./overview.js";
import type { Settings } from "./settings.js";
import type { Training } from "./variants.js";

/** What a network finds in an image, and where it was written. */
interface Found {
  readonly title: string;
  readonly size: string;
  /** Pixels of each class. */
  readonly counts: Float64Array;
  /** Path of the label map. */
  readonly labels: string;
  readonly figure: Figure;
}

/** Images that were segmented, by the name of their files. */
const written = new Map<string, string>();

/** Segments images of any size: the label map is written band by band, beside the page. */
export const predict: Predict<Settings, Segmenter, Training, Found> = {
  words: "JPEG, PNG, WebP, or a TIFF or Deep Zoom of any size; label map and overlay are written beside the page",
  checkpoint: "checkpoints/seed-0/apd/best.safetensors",
  build: ({ id }, settings, { length }) => networkOf(id, settings, length),
  async find(path, { model, settings, classes }, { retries, folder }) {
    const title = basename(path);
    const stem = join(folder, title);
    requireNew(stem, path);
    const large = LARGE.test(extname(path));
    const source = retrying(await openImage(path, large ? byteCache(TILE_BYTES) : undefined), { times: retries });
    try {
      const { width, height } = source;
      const labels = `${stem}-labels.${large ? "tif" : "png"}`;
      const counts = new Float64Array(classes.length);
      const overview = await overviewOf(source);
      await segmented(source, labelBands(model, source, settings.size), labels, counts, overview);
      const overlay = overview.overlay();
      await writeFileAtomic(`${stem}-overlay.png`, await pngOf(overlay));
      const figure = await figureOf(title, overview, overlay, listed(counts, classes));
      return [{ title, size: `${width} × ${height}`, counts, labels, figure }];
    } finally {
      await source.close();
    }
  },
  report: (found, { classes, variant }) => [
    paragraph(
      `The class of each pixel, by the model "${variant.name}". A label map has the ids of the classes, with colours.`,
    ),
    table(
      ["image", "pixels", "most of it", "label map"],
      found.map(({ title, size, counts, labels }) => [title, size, listed(counts, classes), labels]),
    ),
    figures([legendOf(classes), ...found.map(({ figure }) => figure)]),
  ],
};

/** @throws Error for a second image of one name, whose files would replace those of the first */
function requireNew(stem: string, path: string): void {
  const other = written.get(stem);
  if (other !== undefined && other !== path)
    throw new Error(`${path}: the label map of ${other} would be overwritten; ask again with another \`--page\`.`);
  written.set(stem, path);
}

/**
 * Bytes of tiles that are kept in memory. A row of windows needs again the tiles of the row before: two rows of tiles
 * of 512² pixels fit for images 21,000 pixels wide.
 */
const TILE_BYTES = 2 ** 26;

/** Endings of formats whose images may be too large for a PNG to be handy. */
const LARGE = /^\.(tiff?|dzi)$/i;

/** Writes a label map, and counts on the way. */
async function segmented(
  { name, width, height }: TileSource,
  bands: AsyncIterable<LabelBand>,
  path: string,
  counts: Float64Array,
  overview: Overview,
): Promise<void> {
  const write = async (to: (done?: number) => void) => {
    const seen = (async function* () {
      for await (const band of bands) {
        for (const label of band.labels) counts[label]!++;
        overview.add(band);
        to(band.top + band.height);
        yield band;
      }
    })();
    await writeLabelBands(path, seen, { width, height });
  };
  await withProgress(`segmenting ${basename(name)}`, height, write);
}

const MOST = 4;

/** Such as "sea 61.2 %, land 38.8 %". */
function listed(counts: Float64Array, classes: readonly string[]): string {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const shares = classes.map((name, c) => ({ name, share: counts[c]! / all })).filter(({ share }) => share > 0);
  const first = shares.sort((a, b) => b.share - a.share).slice(0, MOST);
  return first.map(({ name, share }) => `${name} ${percent(share)} %`).join(", ");
}

async function figureOf(title: string, { image, labels }: Overview, overlay: Pixels, note: string): Promise<Figure> {
  const shown = async (pixels: Pixels, caption: string) => ({
    ...{ source: await addressOf(pixels), alt: `${title}: ${caption}` },
    caption,
  });
  const images = [
    await shown(image, "image"),
    await shown(colorsOfLabels(labels), "classes"),
    await shown(overlay, "both"),
  ];
  return { title, note, wide: true, rows: [{ images }] };
}
