import * as tf from "@tensorflow/tfjs-core";
import type { Graph, NodeAttributes } from "../graph/graph.js";
import { typeNumber, type Type, type Value } from "../graph/types.js";
import { broadcast } from "./broadcast.js";
import { lowering, type Lowering } from "./lowering.js";
import { onMaps } from "./maps/elementwise.js";

/** Emits the nodes of formulas that work element by element: their shapes follow from those of their inputs. */
export interface Elements {
  readonly graph: Graph;
  /**
   * A number among the inputs is a scalar of the first tensor's type; the result has that type unless another is given.
   */
  (op: string, inputs: readonly (Value | number)[], type?: Type, attributes?: NodeAttributes): Value;
  scalar(type: Type, value: number): Value;
  /** `x` in another type; `x` itself if it has it. */
  cast(x: Value, type: Type): Value;
  /**
   * Truncated, and wrapped around as in JavaScript; what is no number, or infinite, is 0, and so is here what is 2⁶³ or
   * more.
   */
  toInt32(x: Value): Value;
}

/** What a kernel computes of its inputs; `undefined` for types that are left to cpu. */
type Formula<A> = (e: Elements, inputs: readonly Value[], attrs: A) => Value | undefined;

export const elementwise = <A extends object>(
  kernel: string,
  inputs: Lowering["inputs"],
  formula: Formula<A>,
): Lowering =>
  lowering<A>({
    kernel,
    inputs,
    lower(g, given, attrs) {
      if (g.target.portable) return formula(elements(g), given, attrs); // shapes that do not depend on the batch
      const { shapes, out } = broadcast(given.map(({ shape }) => shape));
      const map = onMaps(g, kernel, given, out, (rows) => formula(elements(g), rows, attrs));
      if (map) return map;
      const times = widening(shapes);
      const y = formula(elements(g), given.map((x, i) => widened(g, x, shapes[i]!, times)), attrs); // prettier-ignore
      return y && g.reshape(y, out);
    },
  });

/** Columns up to which ONNX Runtime, which broadcasts row by row, spends more on the rows than on their numbers. */
const narrow = 256;

/** How many rows of `[rows, narrow]` with `[1, narrow]` become one, in a shape that both can have. Otherwise 1. */
function widening(shapes: readonly (readonly number[])[]): number {
  const rows = Math.max(...shapes.map((shape) => (shape.length === 2 ? shape[0]! : 0)));
  const columns = Math.max(...shapes.map((shape) => shape.at(-1)!));
  const fit = shapes.every((shape) => shape.length === 2 && shape[1] === columns && (shape[0] === 1 || shape[0] === rows)); // prettier-ignore
  if (!fit || rows * columns < 8 * narrow) return 1;
  const most = Math.floor((4 * narrow) / columns);
  return Array.from({ length: most }, (_, i) => most - i).find((times) => rows % times === 0) ?? 1;
}

/** `[rows, columns]` as `[rows / times, columns · times]`; the one row of `[1, columns]` is repeated. */
function widened(g: Graph, x: Value, shape: readonly number[], times: number): Value {
  const row = g.reshape(x, shape);
  if (times === 1) return row;
  const [rows, columns] = shape as [number, number];
  if (rows > 1) return g.reshape(x, [rows / times, columns * times]);
  const repeated = g.node("Expand", [row, g.constant("int64", [times, columns])], { shape: [times, columns] });
  return g.reshape(repeated, [1, times * columns]);
}

export function elements(g: Graph): Elements {
  const emit = (op: string, of: readonly (Value | number)[], type?: Type, attributes?: NodeAttributes): Value => {
    const first = of.find((x) => typeof x !== "number")!;
    const inputs = of.map((x) => (typeof x === "number" ? e.scalar(first.type, x) : x));
    const shape = inputs.map((x) => x.shape as number[]).reduce(tf.backend_util.assertAndGetBroadcastShape);
    return g.node(op, inputs, { type: type ?? first.type, shape }, attributes);
  };
  const e: Elements = Object.assign(emit, {
    graph: g,
    scalar: (type: Type, value: number) => g.constant(type, [value], []),
    cast: (x: Value, type: Type) => (x.type === type ? x : e("Cast", [x], type, { to: typeNumber[type] })),
    toInt32(x: Value): Value {
      const fits = e("Less", [e("Abs", [x]), 2 ** 63], "bool");
      return e.cast(e.cast(e("Where", [fits, x, e.scalar(x.type, 0)], x.type), "int64"), "int32");
    },
  });
  return e;
}
