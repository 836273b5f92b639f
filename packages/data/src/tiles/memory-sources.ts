import type { Pixels } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { byteCache } from "../byte-cache.js";
import { pyramidSource } from "./pyramid-source.js";
import type { TileSource } from "./tile-source.js";

/**
 * An image in memory, as a `TileSource`.
 *
 * @param name - what to call it in errors. Default "pixels"
 * @throws RangeError if `data` is not of height · width · 3 bytes
 */
export function pixelsSource(pixels: Pixels, name = "pixels"): TileSource {
  const { width, height, data } = pixels;
  if (data.length !== width * height * 3)
    throw new RangeError(
      `pixelsSource: expected \`data\` of ${height} · ${width} · 3 bytes for ${name}, got ${data.length}.`,
    );
  const level = { width, height, blockWidth: width, blockHeight: height, read: () => Promise.resolve(pixels) };
  return pyramidSource({ name, levels: [level], cache: byteCache(0) }); // it is in memory already
}

/**
 * A tensor as a `TileSource`, [height, width, 3]: float32 in 0 … 1 or int32 in 0 … 255. Its values are copied; it is
 * not disposed of.
 *
 * @param name - what to call it in errors. Default "tensor"
 * @throws RangeError for another shape, or values outside their range
 */
export async function tensorSource(tensor: tf.Tensor3D, name = "tensor"): Promise<TileSource> {
  const [height, width, channels] = tensor.shape;
  if (tensor.rank !== 3 || channels !== 3 || height < 1 || width < 1)
    throw new RangeError(
      `tensorSource: expected \`tensor\` of shape [height, width, 3], got [${tensor.shape.join(", ")}].`,
    );
  const most = tensor.dtype === "int32" ? 255 : 1;
  const values = await tensor.data();
  const outside = values.find((value) => !(value >= 0 && value <= most));
  if (outside !== undefined)
    throw new RangeError(
      `tensorSource: expected \`tensor\` of dtype ${tensor.dtype} to hold values in 0 … ${most}, got ${outside}.`,
    );
  const data = new Uint8Array(values.length);
  values.forEach((value, i) => (data[i] = Math.round((value * 255) / most)));
  return pixelsSource({ width, height, channels: 3, data }, name);
}
