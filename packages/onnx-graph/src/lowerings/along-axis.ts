import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { elements } from "./elementwise.js";
import { lowering, type Lowering } from "./lowering.js";
import { mergedAxes } from "./reduce.js";

/** ONNX has no order of bools. */
const asNumbers = (g: Graph, x: Value): Value => (x.type === "bool" ? elements(g).cast(x, "int32") : x);

/** The first of equals. NaN, which ONNX Runtime may take for anything, counts as the number that never wins. */
const arg = (kernel: string, op: string, loser: number): Lowering =>
  lowering<{ axis: number }>({
    kernel,
    inputs: ["x"],
    lower(g, [x], { axis }) {
      const axes = tf.util.parseAxisParam(axis, x!.shape as number[]);
      const { sides, reduced } = mergedAxes(x!.shape, axes);
      const [out] = tf.backend_util.computeOutAndReduceShapes(x!.shape as number[], axes);
      const shape = sides.filter((_, i) => !reduced.includes(i));
      const merged = asNumbers(g, withoutNaN(g, g.reshape(x!, sides), loser));
      const at = g.node(op, [merged], { type: "int64", shape }, { axis: reduced[0]!, keepdims: 0 });
      return g.reshape(elements(g).cast(at, "int32"), out);
    },
  });

function withoutNaN(g: Graph, x: Value, instead: number): Value {
  if (x.type !== "float32") return x;
  const nan = g.node("IsNaN", [x], { type: "bool", shape: x.shape });
  return g.node("Where", [nan, g.constant("float32", [instead], []), x], x);
}

/** Numbers from which a running sum is kept in doubles: each is added to all before it. */
const long = 1024;

export const alongAxis: readonly Lowering[] = [
  arg(tf.ArgMax, "ArgMax", -Infinity),
  arg(tf.ArgMin, "ArgMin", Infinity),
  lowering<{ k: number }>({
    kernel: tf.TopK,
    inputs: ["x"],
    lower(g, [x], { k }) {
      if (x!.type === "bool") return undefined;
      const outer = x!.shape.slice(0, -1);
      const numbers = g.reshape(x!, [sizeOf(outer), x!.shape.at(-1)!]);
      const values = { shape: [sizeOf(outer), k] };
      const places = { ...values, type: "int64" as const };
      const order = [withoutNaN(g, numbers, -Infinity), g.constant("int64", [k])];
      const [greatest, at] = g.nodes("TopK", order, [values, places]) as [Value, Value];
      // NaN among them
      const picked = x!.type === "float32" ? g.node("GatherElements", [numbers, at], values, { axis: 1 }) : greatest;
      return [picked, elements(g).cast(at, "int32")].map((y) => g.reshape(y, [...outer, k]));
    },
  }),
  lowering<{ axis: number; exclusive: boolean; reverse: boolean }>({
    kernel: tf.Cumsum,
    inputs: ["x"],
    lower(g, [x], { axis, exclusive, reverse }) {
      const { sides, reduced } = mergedAxes(x!.shape, tf.util.parseAxisParam(axis, x!.shape as number[]));
      const e = elements(g);
      const numbers = asNumbers(g, g.reshape(x!, sides));
      const isLong = numbers.type === "float32" && sides[reduced[0]!]! > long;
      const inputs = [isLong ? e.cast(numbers, "float64") : numbers, g.constant("int64", reduced, [])];
      const y = g.node("CumSum", inputs, { shape: sides }, { exclusive: +exclusive, reverse: +reverse });
      return g.reshape(e.cast(y, numbers.type), x!.shape);
    },
  }),
];
