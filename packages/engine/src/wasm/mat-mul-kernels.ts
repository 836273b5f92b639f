import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "./backend.js";
import { einsum } from "./einsum.js";
import { clampedAfter, withEpilogue, type Epilogue } from "./fused-mat-mul.js";
import { matMul, type StockMatMul } from "./mat-mul.js";
import { matMulViews } from "./mat-mul-views.js";
import type { Attrs, Inputs, Run } from "../kernels/put-kernel.js";
import type { WasmKernel } from "./wasm-kernel.js";

interface Flags {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The shape in which each right operand that XNNPACK holds was packed. */
const packed = new WeakMap<object, string>();

/**
 * XNNPACK's packed copies are found by the tensor's data alone: a reshaped `b` would be given the old shape's product.
 */
function mayPack(b: tf.Tensor, [rows, columns]: readonly [number, number]): boolean {
  const shape = `${rows}x${columns}`;
  if (!packed.has(b.dataId)) packed.set(b.dataId, shape);
  return packed.get(b.dataId) === shape;
}

const stockMatMul =
  (stock: Run): StockMatMul =>
  (a, b) =>
    b.shape[0] > 1 || mayPack(b, [b.shape[1], b.shape[2]])
      ? stock({ a, b }, { transposeA: false, transposeB: false })
      : matMulViews(a, b, { a: [0], b: [0] });

const batchMatMul: WasmKernel = {
  name: tf.BatchMatMul,
  stock: "wrong",
  run: ({ a, b }, attrs, stock) => {
    const { transposeA, transposeB } = attrs as unknown as Flags;
    return matMul([a!, transposeA], [b!, transposeB], stockMatMul(stock));
  },
};

const fusedMatMul: WasmKernel = {
  name: tf._FusedMatMul,
  stock: "wrong",
  run: (inputs, attrs, stock) =>
    isOneProduct(inputs, attrs) ? oneProduct(inputs, attrs, stock) : composed(inputs, attrs),
};

/**
 * The case that stock `wasm` does right, and with XNNPACK: two single matrices, nothing transposed, a bias for each
 * column.
 */
function isOneProduct({ a, b, bias, preluActivationWeights }: Inputs, attrs: Attrs): boolean {
  const { transposeA, transposeB } = attrs as unknown as Flags;
  const single = [a!, b!].every((x) => sizeOf(x.shape.slice(0, -2)) === 1 && x.size > 0);
  const [rows, columns] = b!.shape.slice(-2) as [number, number];
  const plainBias = !bias || (bias.rank === 1 && bias.size === columns);
  return single && !transposeA && !transposeB && plainBias && !preluActivationWeights && mayPack(b!, [rows, columns]);
}

/** In the three axes that stock `wasm` expects; with two it writes out of bounds. */
function oneProduct(inputs: Inputs, attrs: Attrs, stock: Run): tf.Tensor {
  const [a, b] = [inputs["a"]!, inputs["b"]!];
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return tf.tidy(() => {
    const [left, right] = [a, b].map((x) => tf.reshape(x, [1, ...x.shape.slice(-2)]));
    const product = clampedAfter({ ...inputs, a: left!, b: right! }, attrs, stock);
    return tf.reshape(product, [...batch, a.shape.at(-2)!, b.shape.at(-1)!]);
  });
}

function composed({ a, b, bias, preluActivationWeights }: Inputs, attrs: Attrs): tf.Tensor {
  const { transposeA, transposeB } = attrs as unknown as Flags;
  const epilogue = { ...(attrs as unknown as Epilogue), bias, preluWeights: preluActivationWeights };
  return tf.tidy(() => withEpilogue(tf.matMul(a!, b!, transposeA, transposeB), epilogue));
}

const einsumKernel: WasmKernel = {
  name: tf.Einsum,
  stock: "missing",
  run: (inputs, { equation }) => einsum(equation as string, Object.values(inputs)),
};

export const matMulKernels: readonly WasmKernel[] = [batchMatMul, fusedMatMul, einsumKernel];
