import * as tf from "@tensorflow/tfjs-core";
import { conv2d, depthwiseConv2d } from "./conv.js";
import { broadcast, elu, sigmoid, type Attrs, type Inputs, type Loop } from "./elementwise.js";
import {
  at,
  broadcastPlace,
  broadcastShape,
  placesOf,
  sum,
  tensorOf,
  times,
  type Numbers,
  type Place,
} from "./numbers.js";

const range = (n: number): number[] => [...Array(n).keys()];

/** y[…, i, j] = Σ_k a[…, i, k] b[…, k, j]; the axes before the last two broadcast. */
function matMul(a: Numbers, b: Numbers, { transposeA, transposeB }: Attrs): Numbers {
  const turn = ([i, j]: readonly number[], turned: unknown) => (turned ? [j!, i!] : [i!, j!]);
  const [rows, inner] = turn(a.shape.slice(-2), transposeA);
  const [, columns] = turn(b.shape.slice(-2), transposeB);
  const batch = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const read = (x: Numbers, outer: Place, cell: number[], turned: unknown) =>
    at(x, [...broadcastPlace(x.shape.slice(0, -2), outer), ...turn(cell, turned)]);
  return tensorOf([...batch, rows!, columns!], a.dtype, (place) => {
    const [outer, [i, j]] = [place.slice(0, -2), place.slice(-2) as [number, number]];
    const product = times(a.dtype);
    return sum(range(inner!).map((k) => product(read(a, outer, [i, k], transposeA), read(b, outer, [k, j], transposeB)))); // prettier-ignore
  });
}

/** For each place of the letters after the arrow, the sum over all other letters of the product of the operands. */
const einsum: Loop = (inputs, { equation }) => {
  const operands = Object.values(inputs);
  const [left, output] = (equation as string).replaceAll(" ", "").split("->") as [string, string];
  const terms = left.split(",");
  const sides = new Map(terms.flatMap((term, i) => [...term].map((letter, axis) => [letter, operands[i]!.shape[axis]!]))); // prettier-ignore
  const summed = [...sides.keys()].filter((letter) => !output.includes(letter));
  const sidesOf = (letters: Iterable<string>) => [...letters].map((letter) => sides.get(letter)!);
  return tensorOf(sidesOf(output), operands[0]!.dtype, (place) =>
    sum(
      placesOf(sidesOf(summed)).map((rest) => {
        const index = (letter: string) => (output.includes(letter) ? place[output.indexOf(letter)]! : rest[summed.indexOf(letter)]!); // prettier-ignore
        return operands.map((x, i) => at(x, [...terms[i]!].map(index))).reduce(times(operands[0]!.dtype));
      }),
    ),
  );
};

/** With bias and activation. */
function finished(y: Numbers, { bias, preluActivationWeights: slopes }: Inputs, attrs: Attrs): Numbers {
  const biased = bias ? broadcast([y, bias], "float32", (a, b) => a + b) : y;
  if (attrs["activation"] === "prelu") return broadcast([biased, slopes!], "float32", (x, slope) => (x < 0 ? slope * x : x)); // prettier-ignore
  const activations: Readonly<Record<string, (x: number) => number>> = {
    linear: (x) => x,
    relu: (x) => Math.max(0, x),
    relu6: (x) => Math.min(6, Math.max(0, x)),
    elu,
    sigmoid,
    leakyrelu: (x) => (x < 0 ? (attrs["leakyreluAlpha"] as number) * x : x),
  };
  return broadcast([biased], "float32", activations[attrs["activation"] as string]!);
}

const batchNorm: Loop = ({ x, mean, variance, offset, scale }, { varianceEpsilon }) => {
  const read = (y: Numbers | undefined, place: Place, otherwise: number) =>
    y ? at(y, broadcastPlace(y.shape, place)) : otherwise;
  return tensorOf(x!.shape, "float32", (place) => {
    const deviation = Math.sqrt(read(variance, place, 1) + (varianceEpsilon as number));
    return ((at(x!, place) - read(mean, place, 0)) / deviation) * read(scale, place, 1) + read(offset, place, 0);
  });
};

export const productLoops: Readonly<Record<string, Loop>> = {
  [tf.BatchMatMul]: ({ a, b }, attrs) => matMul(a!, b!, attrs),
  [tf._FusedMatMul]: (inputs, attrs) => finished(matMul(inputs["a"]!, inputs["b"]!, attrs), inputs, attrs),
  [tf.FusedConv2D]: (inputs, attrs) => finished(conv2d(inputs["x"]!, inputs["filter"]!, attrs), inputs, attrs),
  [tf.FusedDepthwiseConv2D]: (inputs, attrs) => finished(depthwiseConv2d(inputs["x"]!, inputs["filter"]!, attrs), inputs, attrs), // prettier-ignore
  [tf.Einsum]: einsum,
  [tf.FusedBatchNorm]: batchNorm,
};
