import type { LargeImage, Pixels, Region } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { linearPlace, next } from "./linear-places.js";

/** Bytes of images of one size as a network takes them, [batch, height, width, channels]. */
export type Prepare = (images: readonly Pixels[]) => tf.Tensor4D;

/** An image that is read part by part, as a network takes it. */
export interface WindowReader {
  readonly width: number;
  readonly height: number;
  /** The numbers of a region within the image, [1, height, width, channels]. The caller disposes them. */
  read(region: Region): Promise<tf.Tensor4D>;
}

/** x / 255. */
export const unit: Prepare = (images) =>
  tf.tidy(() =>
    tf.stack(images.map(({ data, height, width }) => tf.div(tf.tensor3d(data, [height, width, 3], "int32"), 255))),
  ) as tf.Tensor4D;

/** Reads an image in memory, [height, width, channels], or one that reads itself. */
export function windowReader(image: tf.Tensor3D | LargeImage, prepare: Prepare): WindowReader {
  if (image instanceof tf.Tensor) {
    const [height, width, channels] = image.shape;
    const cut = ({ top, left, height, width }: Region) =>
      tf.tidy(() => tf.expandDims(tf.slice(image, [top, left, 0], [height, width, channels]), 0) as tf.Tensor4D);
    return { width, height, read: (region) => Promise.resolve(cut(region)) };
  }
  return {
    width: image.width,
    height: image.height,
    async read(region) {
      const pixels = await image.read(region);
      if (pixels.width !== region.width || pixels.height !== region.height)
        throw new RangeError(
          `slidingWindow: expected \`image.read\` to give ${region.width} × ${region.height} pixels, got ${pixels.width} × ${pixels.height}.`,
        );
      return prepare([pixels]);
    },
  };
}

/**
 * An image resized bilinearly, without ever being whole: a region is computed from the part of the original that it
 * shows, and is what it would be in the whole resized image.
 */
export function scaledReader(reader: WindowReader, scale: number): WindowReader {
  const [width, height] = [reader.width, reader.height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number]; // prettier-ignore
  if (width === reader.width && height === reader.height) return reader;
  return {
    width,
    height,
    async read(region) {
      const rows = axisPart(region.top, region.height, reader.height, height);
      const columns = axisPart(region.left, region.width, reader.width, width);
      const part = await reader.read({
        top: rows.start,
        height: rows.length,
        left: columns.start,
        width: columns.length,
      });
      try {
        return tf.tidy(() => resized(part, rows, columns));
      } finally {
        part.dispose();
      }
    },
  };
}

/** The part of an axis that is needed for some places of the resized axis, and what each of them is made of. */
interface AxisPart {
  readonly start: number;
  readonly length: number;
  /** [places, length], row by row */
  readonly weights: Float32Array;
}

function axisPart(first: number, count: number, from: number, to: number): AxisPart {
  const places = Array.from({ length: count }, (_, i) => linearPlace(first + i, from, to));
  const start = places[0]!.low;
  const length = next(places.at(-1)!.low, from) - start + 1;
  const weights = new Float32Array(count * length);
  places.forEach(({ low, share }, i) => {
    weights[i * length + low - start]! += 1 - share;
    weights[i * length + next(low, from) - start]! += share;
  });
  return { start, length, weights };
}

function resized(part: tf.Tensor4D, rows: AxisPart, columns: AxisPart): tf.Tensor4D {
  const [, height, width, channels] = part.shape;
  const matrix = ({ weights, length }: AxisPart) => tf.tensor2d(weights, [weights.length / length, length]);
  const strips = tf.matMul(matrix(rows), tf.reshape(part, [height, width * channels]));
  const high = strips.shape[0]!;
  const turned = tf.reshape(tf.transpose(tf.reshape(strips, [high, width, channels]), [1, 0, 2]), [width, -1]);
  const both = tf.matMul(matrix(columns), turned); // [columns, rows · channels]
  return tf.expandDims(tf.transpose(tf.reshape(both, [-1, high, channels]), [1, 0, 2]), 0) as tf.Tensor4D;
}
