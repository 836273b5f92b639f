import * as tf from "@tensorflow/tfjs-core";
import { countParams, inferenceContext } from "@fovea/nn";
import type { Classifier } from "@fovea/backbones";

/** Weights, and multiplications for one image of 224². */
export interface Size {
  readonly params: number;
  readonly multiplications: number;
}

/**
 * Multiplications are those in convolutions and linear layers, taken at 32². Those of maps, which are convolutions and
 * products of matrices, are scaled by 7²: every stride divides both, and each output cell costs the same, padding
 * included. Those of linear layers, which are products, too, are not.
 */
export async function sizeOf(model: Classifier): Promise<Size> {
  const images = tf.zeros<tf.Rank.R4>([1, 32, 32, 3]);
  const { kernels, result } = await tf.profile(() => model.forward(images, inferenceContext()));
  tf.dispose([images, result as tf.Tensor]);
  const convolutions = kernels
    .filter(({ name }) => name === "Conv2D" || name === "DepthwiseConv2dNative")
    .map(({ name, inputShapes, outputShapes }) => {
      const [height, width, channels] = inputShapes[1]!;
      return product(outputShapes[0]!) * height! * width! * (name === "Conv2D" ? channels! : 1);
    });
  const products = kernels
    .filter(({ name }) => name === "BatchMatMul")
    .map(({ inputShapes, outputShapes }) => product(outputShapes[0]!) * inputShapes[0]!.at(-1)!);
  const linear = Object.values(model.params).filter(({ rank }) => rank === 2);
  const multiplications = 49 * sum([...convolutions, ...products]) - 48 * sum(linear.map(({ size }) => size));
  return { params: countParams(model), multiplications };
}

/**
 * The size of a network too large for a test: every layer's is a product of at most two widths, so that of width 64
 * follows from those of widths 1, 2 and 3, exactly.
 */
export async function sizeAtWidth64(make: (width: number) => Classifier): Promise<Size> {
  const sizes: Size[] = [];
  for (const width of [1, 2, 3]) {
    const model = make(width);
    sizes.push(await sizeOf(model));
    model.dispose();
  }
  const at64 = (count: (size: Size) => number) => {
    const [one, two, three] = sizes.map(count) as [number, number, number];
    return one + 63 * (two - one) + ((63 * 62) / 2) * (three - 2 * two + one); // Newton's interpolation
  };
  return { params: at64(({ params }) => params), multiplications: at64(({ multiplications }) => multiplications) };
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
const product = (numbers: number[]) => numbers.reduce((total, number) => total * number, 1);
