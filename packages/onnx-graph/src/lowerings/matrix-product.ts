import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/types.js";

/** Which of the matrices of a product are read the other way round. */
export interface Transposes {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Products of the matrices in the last two axes; the axes before them broadcast. */
export function matMul(
  g: Graph,
  a: Value,
  b: Value,
  { transposeA = false, transposeB = false }: Transposes = {},
): Value {
  const [rows, columns] = [a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const out = { shape: [...batch, rows, columns] };
  if (!transposeA && !transposeB) return g.node("MatMul", [a, b], out);
  if (a.type === "float32" && !g.target.portable)
    return g.node("FusedMatMul", [a, b], out, {
      domain: "com.microsoft",
      transA: Number(transposeA),
      transB: Number(transposeB),
    });
  return g.node("MatMul", [transposeA ? swapped(g, a) : a, transposeB ? swapped(g, b) : b], out);
}

function swapped(g: Graph, x: Value): Value {
  const rank = x.shape.length;
  const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  return g.node("Transpose", [x], { shape: perm.map((axis) => x.shape[axis]!) }, { perm });
}
