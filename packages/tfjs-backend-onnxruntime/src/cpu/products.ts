import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { broadcastIndices, type CpuKernel, type Inputs, type Numbers } from "./cpu-kernel.js";

/** The matrices of `x` once for each of the batch. */
function expanded(x: Numbers, batch: readonly number[]): Numbers {
  const side = sizeOf(x.shape.slice(-2));
  const indices = broadcastIndices(x.shape.slice(0, -2), batch);
  const values = new (x.values.constructor as Float32ArrayConstructor)(indices.length * side);
  indices.forEach((index, i) => values.set(x.values.subarray(index * side, (index + 1) * side), i * side));
  return { shape: [...batch, ...x.shape.slice(-2)], dtype: x.dtype, values };
}

const batchOf = (a: { readonly shape: readonly number[] }, b: typeof a): number[] =>
  tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));

/** With operands that have all of the batch. */
const product = (name: string): CpuKernel => ({
  name,
  wrong:
    "batches that broadcast both ways, or along axes between others, are cut short: [2, 1] with [3] gives 3 products",
  when: ({ a, b }) => {
    const batch = sizeOf(batchOf(a!, b!));
    return [a!, b!].some(({ shape }) => ![1, batch].includes(sizeOf(shape.slice(0, -2))));
  },
  run(inputs, attrs, stock) {
    const [a, b] = [inputs["a"]!, inputs["b"]!];
    const batch = batchOf(a, b);
    return stock({ ...inputs, a: expanded(a, batch), b: expanded(b, batch) }, attrs);
  },
});

/** For each place of the letters after the arrow, the sum over all other letters of the product of the operands. */
function einsum(inputs: Inputs, equation: string): Numbers {
  const operands = Object.values(inputs);
  const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, operands.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, operands as never);
  const sides = allDims.map((_, letter) => {
    const operand = idDims.findIndex((dims) => dims.includes(letter));
    return operands[operand]!.shape[idDims[operand]!.indexOf(letter)]!;
  });
  const shape = sides.slice(0, sides.length - summedDims.length); // the result's letters come first
  const inner = sizeOf(sides.slice(shape.length));
  const readers = operands.map(({ values }, i) => ({ values, places: placesOf(sides, idDims[i]!) }));
  const sums = new Float64Array(sizeOf(shape));
  for (let place = 0; place < sums.length * inner; place++)
    sums[Math.floor(place / inner)]! += readers.reduce((product, { values, places }) => product * values[places[place]!]!, 1); // prettier-ignore
  const { dtype } = operands[0]!;
  return { shape, dtype, values: dtype === "float32" ? Float32Array.from(sums) : Int32Array.from(sums) };
}

/** For each place of all letters, the index in an operand that has only some of them. */
function placesOf(sides: readonly number[], letters: readonly number[]): Int32Array {
  const strides = sides.map((_, letter) => {
    const axis = letters.indexOf(letter);
    return axis < 0 ? 0 : letters.slice(axis + 1).reduce((product, other) => product * sides[other]!, 1);
  });
  let places = Int32Array.of(0);
  sides.forEach((side, letter) => {
    const stride = strides[letter]!;
    const before = places;
    places = Int32Array.from({ length: before.length * side }, (_, i) => before[Math.floor(i / side)]! + (i % side) * stride); // prettier-ignore
  });
  return places;
}

export const products: readonly CpuKernel[] = [
  product(tf.BatchMatMul),
  product(tf._FusedMatMul),
  {
    name: tf.Einsum,
    wrong: "letters that only one operand has are not summed over: ij,jk-> of 3 × 3 ones gives nine 9s",
    run: (inputs, { equation }) => einsum(inputs, equation as string),
  },
];
