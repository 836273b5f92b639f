import { requireCounts, requireOneOf, type LargeImage, type WindowSize } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { averageScales } from "./average-scales.js";
import { labelBands, labelsOf, probabilityBands, type LabelBand, type ProbabilityBand } from "./bands.js";
import { finishedBlocks, type Block } from "./finished-blocks.js";
import { windowGrid, type WindowWeighting } from "./window-grid.js";
import type { Classify } from "./window-probabilities.js";
import { scaledReader, unit, windowReader, type Prepare, type WindowReader } from "./window-reader.js";

/** How windows go over an image. */
export interface SlidingWindowOptions {
  /** Pixels of a window: one number for a square, or [height, width]. It must be a size that the network takes. */
  readonly window: WindowSize;
  /**
   * The most pixels from one window to the next, not more than the window's. Windows are spread evenly. Default: two
   * thirds of the window, rounded up.
   */
  readonly stride?: WindowSize | undefined;
  /** How much a window says at each of its pixels. Default "constant". */
  readonly weighting?: WindowWeighting | undefined;
  /** Whether probabilities are averaged with those of the mirrored window. Default false. */
  readonly flip?: boolean | undefined;
  /**
   * Scales of the image whose probabilities are averaged. The image is resized bilinearly, without antialiasing.
   * Default [1].
   */
  readonly scales?: readonly number[] | undefined;
  /** Windows that are computed at once. Default 1. */
  readonly batch?: number | undefined;
  /** Makes what the network takes of the bytes of a large image. Default: x / 255. */
  readonly prepare?: Prepare | undefined;
}

/**
 * The label map of an image of any size, band by band: a network is run on overlapping windows, and for each pixel the
 * probabilities of all windows that contain it are averaged,
 *
 *     p(pixel) = Σ_w share_w(pixel) · softmax(classify(window w))(pixel),   Σ_w share_w(pixel) = 1
 *
 * A band is given as soon as no further window reaches it. Memory follows the width of the image, not its height: a row
 * of overlap of two rows of windows as floats, and a band of labels as bytes. Images smaller than a window are padded
 * with zeros below and on the right, and cropped again.
 *
 * @param image - [height, width, channels] as the network takes it, not disposed; or an image that reads itself, such
 *   as a `TileSource` of @fovea/data
 * @param classify - logits of each pixel, [batch, height, width, classes], such as `(x) => pixelLogits(model, x)`; its
 *   result is disposed
 * @returns bands from top to bottom, which together are the label map
 * @throws RangeError for a window, stride, scale or batch that there cannot be; while it runs, for more than 256
 *   classes, or NaN
 */
export function slidingWindow(
  image: tf.Tensor3D | LargeImage,
  classify: Classify,
  options: SlidingWindowOptions,
): AsyncGenerator<LabelBand> {
  const plan = planOf(image, options);
  const { scales, reader } = plan;
  const only = scales.length === 1 ? scaledReader(reader, scales[0]!) : undefined;
  return only === reader
    ? labelBands(blocksOf(reader, classify, plan), reader.width)
    : labelsOfBands(averaged(classify, plan));
}

/**
 * The probabilities of the classes at each pixel, band by band: what `slidingWindow` takes the largest of. A band is as
 * high as the stride, of floats: for many classes a multiple of the memory that labels take.
 */
export function slidingWindowProbabilities(
  image: tf.Tensor3D | LargeImage,
  classify: Classify,
  options: SlidingWindowOptions,
): AsyncGenerator<ProbabilityBand> {
  return averaged(classify, planOf(image, options));
}

/** The label map that bands make up. For images that fit into memory. */
export async function collectLabels(bands: AsyncIterable<LabelBand>): Promise<Omit<LabelBand, "top">> {
  const all: LabelBand[] = [];
  for await (const band of bands) all.push(band);
  const height = all.reduce((sum, band) => sum + band.height, 0);
  const width = all[0]?.width ?? 0;
  const labels = new Uint8Array(height * width);
  for (const band of all) labels.set(band.labels, band.top * width);
  return { height, width, labels };
}

interface Plan {
  readonly reader: WindowReader;
  /** [height, width] */
  readonly window: readonly [number, number];
  /** [down, right] */
  readonly stride: readonly [number, number];
  readonly weighting: WindowWeighting;
  readonly flip: boolean;
  readonly scales: readonly number[];
  readonly batch: number;
}

function planOf(image: tf.Tensor3D | LargeImage, options: SlidingWindowOptions): Plan {
  const { weighting = "constant", flip = false, scales = [1], batch = 1, prepare = unit } = options;
  const window = pair(options.window);
  const [down, right] = pair(options.stride ?? [Math.ceil((2 * window[0]) / 3), Math.ceil((2 * window[1]) / 3)]);
  requireCounts("slidingWindow", { "window height": window[0], "window width": window[1], batch });
  requireCounts("slidingWindow", { "stride down": down, "stride right": right });
  requireOneOf("slidingWindow", { weighting }, ["constant", "gaussian"]);
  if (down > window[0] || right > window[1])
    throw new RangeError(
      `slidingWindow: \`stride\` must be at most the window, ${window.join(" × ")}, since pixels would be left out, got ${down} × ${right}.`,
    );
  if (scales.length === 0 || !scales.every((scale) => scale > 0 && scale < Infinity))
    throw new RangeError(
      `slidingWindow: \`scales\` must be positive numbers, at least one, got [${scales.join(", ")}].`,
    );
  const reader = windowReader(image, prepare);
  requireCounts("slidingWindow", { "height of image": reader.height, "width of image": reader.width });
  return { reader, window, stride: [down, right], weighting, flip, scales, batch };
}

const pair = (size: WindowSize): readonly [number, number] => (typeof size === "number" ? [size, size] : size);

function blocksOf(
  reader: WindowReader,
  classify: Classify,
  { window, stride, weighting, flip, batch }: Plan,
): AsyncGenerator<Block> {
  const rows = windowGrid(reader.height, window[0], stride[0], weighting);
  const columns = windowGrid(reader.width, window[1], stride[1], weighting);
  return finishedBlocks(reader, classify, { rows, columns, flip, batch });
}

function averaged(classify: Classify, plan: Plan): AsyncGenerator<ProbabilityBand> {
  const { reader, scales, stride } = plan;
  const bands = scales.map((scale) => {
    const scaled = scaledReader(reader, scale);
    const { height, width } = scaled;
    return { height, width, bands: probabilityBands(blocksOf(scaled, classify, plan), width) };
  });
  return averageScales(bands, { height: reader.height, width: reader.width, band: stride[0] });
}

async function* labelsOfBands(bands: AsyncIterable<ProbabilityBand>): AsyncGenerator<LabelBand> {
  for await (const { top, height, width, classes, probabilities } of bands)
    yield { top, height, width, labels: labelsOf(probabilities, classes) };
}
