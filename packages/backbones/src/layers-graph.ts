import type * as tf from "@tensorflow/tfjs-core";
import {
  isModel,
  variableOf,
  type LayerLike,
  type LayersModelLike,
  type ShapeLike,
  type SymbolicTensorLike,
} from "./layers-model.js";
import { pathsOf } from "./layers-paths.js";

/** One use of a layer, on what others have made. A layer that is used twice has two nodes. */
export interface LayerNode {
  readonly layer: LayerLike;
  readonly inputs: readonly Value[];
}

/** One of the results of a node. */
export interface Value {
  readonly node: LayerNode;
  readonly index: number;
  readonly shape: ShapeLike;
}

/** A value by where it is made in the model. */
export interface Named {
  /** Of its layer, behind the models that this lies in: `trunk/relu`. */
  readonly path: string;
  readonly tensor: SymbolicTensorLike;
  readonly value: Value;
}

/**
 * The values of a model, each after what it is made of; models that are its layers are opened, so that only layers
 * are left.
 */
export function openGraph(model: LayersModelLike): { readonly images: Value; readonly values: readonly Named[] } {
  const [input] = model.inputs as [SymbolicTensorLike];
  const images: Value = { node: { layer: input.sourceLayer, inputs: [] }, index: 0, shape: input.shape };
  const values: Named[] = [];
  open(model, [images], "", values);
  return { images, values };
}

/** The outputs of a model that is given these inputs. */
function open(model: LayersModelLike, inputs: readonly Value[], prefix: string, values: Named[]): readonly Value[] {
  const paths = pathsOf(model);
  const known = new Map(model.inputs.map(({ id }, i) => [id, inputs[i]!]));
  const nodes = new Map<LayerLike, ((tensor: SymbolicTensorLike) => Value)[]>();
  const valueOf = (tensor: SymbolicTensorLike): Value => {
    const { id, sourceLayer: layer, nodeIndex = 0 } = tensor;
    const found = known.get(id);
    if (found) return found;
    const path = prefix + (paths.get(layer) ?? layer.name);
    const given = tensor.inputs.map(valueOf);
    const ofLayer = nodes.get(layer) ?? [];
    nodes.set(layer, ofLayer);
    const value = (ofLayer[nodeIndex] ??= resultsOf(layer, given, `${path}/`, values))(tensor);
    known.set(id, value);
    values.push({ path, tensor, value });
    return value;
  };
  const outputs = model.outputs.map(valueOf);
  for (const { path, tensor } of outputsInside(paths)) {
    const value = known.get(tensor.id);
    if (value) values.push({ path: prefix + path, tensor, value });
  }
  return outputs;
}

/** A sequential model that begins with a model has that one's graph as its own, in which it is no layer. */
const outputsInside = (paths: ReadonlyMap<LayerLike, string>) =>
  [...paths].flatMap(([layer, path]) => (isModel(layer) ? layer.outputs.map((tensor) => ({ path, tensor })) : []));

function resultsOf(
  layer: LayerLike,
  inputs: readonly Value[],
  prefix: string,
  values: Named[],
): (tensor: SymbolicTensorLike) => Value {
  if (isModel(layer)) {
    const outputs = open(layer, inputs, prefix, values);
    return ({ outputTensorIndex = 0 }) => outputs[outputTensorIndex]!;
  }
  const node: LayerNode = { layer, inputs };
  return ({ outputTensorIndex: index = 0, shape }) => ({ node, index, shape });
}

/** A part of a graph: the values from one (exclusive) to another (inclusive), each after what it is made of. */
export type Segment = readonly Value[];

/** The values on all ways back from `to`, in order of computation. The search does not go beyond `from`. */
export function segment(to: Value, from: Value): Segment {
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (value === from || seen.has(value)) return;
    value.node.inputs.forEach(visit);
    seen.add(value);
  };
  visit(to);
  return [...seen];
}

/**
 * What `f` makes of each node in turn, and so of the last value of a segment, given that of the value it starts from.
 */
function fold<T>(
  values: Segment,
  from: Value,
  start: T,
  f: (layer: LayerLike, inputs: readonly T[]) => readonly T[],
): T {
  const known = new Map([[from, start]]);
  const done = new Map<LayerNode, readonly T[]>();
  let last = start;
  for (const value of values) {
    const { node, index } = value;
    const results =
      done.get(node) ??
      f(
        node.layer,
        node.inputs.map((input) => known.get(input)!),
      );
    done.set(node, results);
    last = results[index]!;
    known.set(value, last);
  }
  return last;
}

/**
 * The last value of a segment, given the value it starts from. A layer whose weights are all frozen runs as outside of
 * training, so that a frozen batch norm uses and keeps its running statistics.
 */
export const evaluate = (values: Segment, from: Value, x: tf.Tensor, training: boolean): tf.Tensor =>
  fold(values, from, x, (layer, inputs) => {
    const frozen = layer.weights.length > 0 && !layer.weights.some((weight) => variableOf(weight).trainable);
    const output = layer.call(inputs.length === 1 ? inputs[0]! : [...inputs], { training: training && !frozen });
    return Array.isArray(output) ? output : [output];
  });

/** The shape of the last value of a segment, given that of the value it starts from. @throws what a layer throws */
export const shapeAfter = (values: Segment, from: Value, shape: ShapeLike): ShapeLike =>
  fold(values, from, shape, (layer, inputs) => {
    const output = layer.computeOutputShape((inputs.length === 1 ? inputs[0] : inputs) as never);
    return isShape(output) ? [output] : output;
  });

const isShape = (x: ShapeLike | readonly ShapeLike[]): x is ShapeLike => !Array.isArray(x[0]);
