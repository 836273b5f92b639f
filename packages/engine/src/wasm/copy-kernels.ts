import * as tf from "@tensorflow/tfjs-core";
import { pick, reverse, tile } from "./copy-rows.js";
import { transpose } from "./transpose.js";
import type { Run, WasmKernel } from "./wasm-kernel.js";

type Copy = (x: tf.Tensor, attrs: Readonly<Record<string, unknown>>, stock: Run) => tf.Tensor;

/** Strings do not lie in WebAssembly's memory: they are left to the stock kernel. */
const copy = (name: string, run: Copy): WasmKernel => ({
  name,
  stock: "slow",
  run: (inputs, attrs, stock) => {
    const x = inputs["x"]!;
    return x.dtype === "string" ? stock(inputs, attrs) : run(x, attrs, stock);
  },
});

const gather: WasmKernel = {
  name: tf.GatherV2,
  stock: "slow",
  run: (inputs, attrs, stock) => {
    const { x, indices } = inputs;
    const { axis, batchDims } = attrs as unknown as tf.GatherV2Attrs;
    if (x!.dtype === "string" || batchDims) return stock(inputs, attrs);
    const [along] = tf.util.parseAxisParam(axis, x!.shape) as [number];
    const places = indices!.dataSync();
    const outside = places.find((place) => place < 0 || place >= x!.shape[along]!);
    if (outside !== undefined)
      throw new Error(`GatherV2: the index value ${outside} is not in [0, ${x!.shape[along]! - 1}]`);
    const shape = x!.shape.flatMap((side, i) => (i === along ? indices!.shape : [side]));
    return tf.tidy(() => tf.reshape(pick(x!, along, places), shape));
  },
};

export const copyKernels: readonly WasmKernel[] = [
  gather,
  copy(tf.Tile, (x, { reps }) => tile(x, reps as number[])),
  copy(tf.Reverse, (x, { dims }) => reverse(x, tf.util.parseAxisParam(dims as number[], x.shape))),
  copy(tf.Transpose, (x, { perm }, stock) =>
    transpose(x, perm as number[], (y, order) => stock({ x: y }, { perm: order })),
  ),
];
