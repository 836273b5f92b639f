import type { Initializer } from "../graph/sources.js";
import type { Node } from "../graph/graph.js";
import { typeNumber, type Data, type Type, type Value } from "../graph/types.js";
import type { ModelGraph } from "./model-graph.js";

/** What is done to images before a network. */
export interface ImageInput {
  /** The input that the network is given, float32 [batch, 3, height, width]. */
  readonly input: string;
  /** What the images are called instead. */
  readonly name: string;
  /** Height of the images that the network is given, in pixels. */
  readonly height: number;
  /** Width of the images that the network is given, in pixels. */
  readonly width: number;
  /** Means of red, green and blue, in [0, 1], that are subtracted. */
  readonly mean: readonly [number, number, number];
  /** Deviations of red, green and blue, in [0, 1], that are divided by. */
  readonly std: readonly [number, number, number];
  /**
   * `"cover"`: images are resized until they cover the size, and their middle is cut out. `"fill"`: they are resized to
   * the size, whatever their form.
   */
  readonly fit: "cover" | "fill";
}

/** Operators whose axes became an input with operator set 18. */
const axesAsInput: ReadonlySet<string> = new Set(["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd"]);

/**
 * The graph with images as they are in place of a network's input: uint8 [batch, height, width, 3] of any size. They
 * are resized (bilinear, with half-pixel centres and antialiasing, rounded to whole numbers), and bytes x become (x /
 * 255 − mean) / std. It needs operator set 18, which has antialiasing.
 *
 * @throws RangeError for an input that is not there
 */
export function withImageInput(graph: ModelGraph, options: ImageInput): ModelGraph {
  const { input, name, height, width, mean, std, fit } = options;
  const old = graph.inputs.find((value) => value.name === input);
  if (!old) throw new RangeError(`withImageInput: expected \`input\` to be one of ${graph.inputs.map((x) => x.name).join(", ")}, got ${input}.`); // prettier-ignore
  const initializers: Initializer[] = [...graph.initializers];
  const nodes: Node[] = [];
  const batch = old.shape[0]!;

  const named = (what: string, type: Type, shape: readonly number[]): Value => ({
    name: `${name}/${what}`,
    type,
    shape,
  });
  function constant(what: string, data: Data, shape: readonly number[] = [data.length]): Value {
    const value = named(what, data instanceof BigInt64Array ? "int64" : "float32", shape);
    initializers.push({ value, data });
    return value;
  }
  function emit(
    op: string,
    inputs: readonly (Value | undefined)[],
    output: Value,
    attributes: Node["attributes"] = {},
  ) {
    nodes.push({ op, name: output.name, domain: "", inputs, outputs: [output], attributes });
    return output;
  }
  const int64 = (what: string, ...numbers: number[]) => constant(what, BigInt64Array.from(numbers, BigInt));

  const images: Value = { name, type: "uint8", shape: [batch, height, width, 3] };
  const floats = emit("Cast", [images], named("floats", "float32", images.shape), { to: typeNumber.float32 });
  const maps = emit("Transpose", [floats], named("maps", "float32", old.shape), { perm: [0, 3, 1, 2] });
  const resized = emit("Resize", [maps, undefined, undefined, int64("size", height, width)], named("resized", "float32", old.shape), {
    mode: "linear",
    coordinate_transformation_mode: "half_pixel",
    antialias: 1,
    exclude_outside: 1, // at the border the weights of what is there are enlarged, as Pillow does
    axes: [2, 3],
    keep_aspect_ratio_policy: fit === "cover" ? "not_smaller" : "stretch",
  }); // prettier-ignore
  const cropped = fit === "cover" ? middle(resized) : resized;
  const whole = emit("Round", [cropped], named("rounded", "float32", old.shape));
  const factor = constant(
    "factor",
    Float32Array.from(std, (s) => 1 / (255 * s)),
    [1, 3, 1, 1],
  );
  const summand = constant(
    "summand",
    Float32Array.from(mean, (m, c) => -m / std[c]!),
    [1, 3, 1, 1],
  );
  const scaled = emit("Mul", [whole, factor], named("scaled", "float32", old.shape));
  emit("Add", [scaled, summand], old);

  /** The middle of what is at least as large. */
  function middle(x: Value): Value {
    const size = initializers.find(({ value }) => value.name === `${name}/size`)!.value;
    const sides = emit("Shape", [x], named("sides", "int64", [2]), { start: 2, end: 4 });
    const rest = emit("Sub", [sides, size], named("rest", "int64", [2]));
    const start = emit("Div", [rest, int64("two", 2)], named("start", "int64", [2]));
    const end = emit("Add", [start, size], named("end", "int64", [2]));
    return emit("Slice", [x, start, end, int64("axes", 2, 3)], named("middle", "float32", old!.shape));
  }

  const later = graph.nodes.map((node): Node => {
    const { axes, ...attributes } = node.attributes;
    if (!axesAsInput.has(node.op) || !Array.isArray(axes)) return node;
    return {
      ...node,
      attributes,
      inputs: [...node.inputs, int64(`${node.name ?? node.op}_axes`, ...(axes as number[]))],
    };
  });
  const inputs = graph.inputs.map((value) => (value === old ? images : value));
  return { ...graph, inputs, initializers, nodes: [...nodes, ...later] };
}
