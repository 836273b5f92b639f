import * as tf from "@tensorflow/tfjs-core";
import { runOnnx } from "../run-onnx.js";
import type { ImagePreprocessing } from "./transformers-config.js";

/** A tensor in numbers. */
export interface GoldenTensor {
  readonly type: "float32" | "int32" | "bool";
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Images that become one tensor: of floats, channels first, bytes x as (x / 255 − mean) / std; or of their bytes. */
export interface GoldenImages extends Partial<Pick<ImagePreprocessing, "mean" | "std">> {
  /** PNG files of the size that the network is given, in the order of the tensor's leading axes. */
  readonly images: readonly string[];
  /** [..., 3, height, width]; without mean and std the images are bytes, [..., height, width, 3] */
  readonly shape: readonly number[];
}

/** Inputs of a file, and the outputs that are right for them. */
export interface Golden {
  /** The name of the file in `onnx/`, without its ending. */
  readonly model: string;
  readonly inputs: Readonly<Record<string, GoldenTensor | GoldenImages>>;
  readonly outputs: Readonly<Record<string, GoldenTensor>>;
}

/** An 8-bit RGB image, row by row, three bytes a pixel. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** How far an output of a golden image is from what it should be. */
export interface GoldenCheck {
  readonly model: string;
  readonly output: string;
  /** The largest difference of two numbers, over the largest number that there should be, or over 1. */
  readonly error: number;
}

/**
 * Runs the golden inputs of a folder that `modelFolder` has made through its ONNX files, and compares the outputs with
 * what they should be. Errors above 1e-4 are no rounding, on any machine.
 *
 * @param read - the bytes of a file of the folder
 * @param decode - of PNG
 * @throws RangeError for an image of another size than the file takes; whatever reading and ONNX Runtime throw
 */
export async function checkGolden(
  read: (path: string) => Promise<Uint8Array>,
  decode: (png: Uint8Array) => Promise<DecodedImage>,
): Promise<GoldenCheck[]> {
  const all = JSON.parse(new TextDecoder().decode(await read("golden/expected.json"))) as Golden[];
  const checks: GoldenCheck[] = [];
  for (const { model, inputs, outputs } of all) {
    const tensors: Record<string, tf.Tensor> = {};
    try {
      for (const [name, input] of Object.entries(inputs))
        tensors[name] = "images" in input ? await imagesTensor(input, read, decode) : tensorOf(input);
      const actual = await runOnnx(await read(`onnx/${model}.onnx`), tensors);
      for (const [output, expected] of Object.entries(outputs))
        checks.push({ model, output, error: await errorOf(actual[output], expected) });
      tf.dispose(actual);
    } finally {
      tf.dispose(tensors);
    }
  }
  return checks;
}

const tensorOf = ({ type, shape, values }: GoldenTensor): tf.Tensor => tf.tensor([...values], [...shape], type);

async function imagesTensor(
  { images, shape, mean, std }: GoldenImages,
  read: (path: string) => Promise<Uint8Array>,
  decode: (png: Uint8Array) => Promise<DecodedImage>,
): Promise<tf.Tensor> {
  const isBytes = !mean || !std;
  const [height, width] = (isBytes ? shape.slice(-3) : shape.slice(-2)) as [number, number];
  const numbers = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (const [i, name] of images.entries()) {
    const image = await decode(await read(`golden/${name}`));
    if (image.width !== width || image.height !== height)
      throw new RangeError(`checkGolden: expected ${name} of ${width} × ${height} pixels, got ${image.width} × ${image.height}.`); // prettier-ignore
    const cells = height * width;
    if (isBytes) {
      numbers.set(image.data, 3 * i * cells);
      continue;
    }
    for (let c = 0; c < 3; c++)
      for (let cell = 0; cell < cells; cell++)
        numbers[(3 * i + c) * cells + cell] = (image.data[3 * cell + c]! / 255 - mean[c]!) / std[c]!;
  }
  return tf.tensor(numbers, [...shape], isBytes ? "int32" : "float32");
}

async function errorOf(actual: tf.Tensor | undefined, { shape, values }: GoldenTensor): Promise<number> {
  if (!actual || actual.shape.join() !== shape.join()) return Infinity;
  const numbers = await actual.data();
  const largest = Math.max(1, ...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(numbers[i]! - value))) / largest;
}
