import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * How cells of a map lie on the pixels of an image. `corners`: the first and the last cell lie on the first and the
 * last pixel, so that sides of the image are multiples of the stride plus 1. `centers`: each cell lies in the middle of
 * stride × stride pixels, and sides are multiples of the stride.
 */
export type Alignment = "corners" | "centers";

/**
 * What happens to images whose sides do not fit the stride. `none`: they are refused. `zeros`: they are padded with
 * zeros below and on the right.
 */
export type ImagePadding = "none" | "zeros";

/** How images and the maps that a network makes of them lie on one another. */
export interface ImageFit {
  /** The images, padded to sides that fit. @throws RangeError that names the padding, where there is to be none */
  pad(images: tf.Tensor4D): tf.Tensor4D;
  /** A map of cells at the pixels of images of this size, before they were padded. */
  upsample(map: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D;
}

/** The fit of images to maps of this stride. */
export function imageFit(stride: number, align: Alignment, padding: ImagePadding): ImageFit {
  const fittingSide = (side: number) =>
    align === "corners" ? Math.ceil((side - 1) / stride) * stride + 1 : Math.ceil(side / stride) * stride;

  function fittingSize(shape: readonly number[]): [height: number, width: number] {
    const [height, width] = [fittingSide(shape[1]!), fittingSide(shape[2]!)];
    const [rows, columns] = [height - shape[1]!, width - shape[2]!];
    if (padding === "zeros" || (rows === 0 && columns === 0)) return [height, width];
    const sides = align === "corners" ? `multiples of ${stride}, plus 1` : `multiples of ${stride}`;
    throw new RangeError(
      `segmenter: expected \`images\` whose sides are ${sides}, so that cells of the map lie on them as \`align: "${align}"\` says, ` +
        `got [${shape.join(", ")}]. Pad them by ${rows} rows and ${columns} columns, to ${height} × ${width}, or use \`padding: "zeros"\`.`,
    );
  }

  return {
    pad(images) {
      const [height, width] = fittingSize(images.shape);
      const [rows, columns] = [height - images.shape[1], width - images.shape[2]];
      return rows === 0 && columns === 0 ? images : tf.pad(images, [[0, 0], [0, rows], [0, columns], [0, 0]]); // prettier-ignore
    },
    upsample: (map, [height, width]) =>
      tf.tidy(() => {
        const { batch, channels } = matchShapes("segmenter.upsample", { map: "batch rows columns channels" }, { map });
        const images = [batch, height, width, channels] as const;
        const size = fittingSize(images);
        const pixels = tf.image.resizeBilinear(map, size, align === "corners", align === "centers");
        return size[0] === height && size[1] === width ? pixels : tf.slice(pixels, 0, [...images]);
      }),
  };
}
