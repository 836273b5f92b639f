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

/** A node of the graph: one call of a layer on the outputs of others. A layer that is used twice has two nodes. */
export interface LayerNode {
  readonly layer: LayerLike;
  readonly inputs: readonly Value[];
}

/** One output of a node. */
export interface Value {
  readonly node: LayerNode;
  readonly index: number;
  readonly shape: ShapeLike;
}

/** A value, and the path of the layer in the model that computes it. */
export interface NamedValue {
  /** The name of the layer, with the names of the models around it in front: `trunk/relu`. */
  readonly path: string;
  readonly tensor: SymbolicTensorLike;
  readonly value: Value;
}

/**
 * All values of a model, in the order of computation. Models that are layers of it are replaced by their own layers.
 */
export function openGraph(model: LayersModelLike): { readonly images: Value; readonly values: readonly NamedValue[] } {
  const [input] = model.inputs as [SymbolicTensorLike];
  const images: Value = { node: { layer: input.sourceLayer, inputs: [] }, index: 0, shape: input.shape };
  const values: NamedValue[] = [];
  open(model, [images], "", values);
  return { images, values };
}

/** The outputs of a model for these inputs. All values are added to `values`. */
function open(
  model: LayersModelLike,
  inputs: readonly Value[],
  prefix: string,
  values: NamedValue[],
): readonly Value[] {
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

/**
 * The outputs of inner models: a sequential model that begins with a model contains its graph, without a node for it.
 */
const outputsInside = (paths: ReadonlyMap<LayerLike, string>) =>
  [...paths].flatMap(([layer, path]) => (isModel(layer) ? layer.outputs.map((tensor) => ({ path, tensor })) : []));

function resultsOf(
  layer: LayerLike,
  inputs: readonly Value[],
  prefix: string,
  values: NamedValue[],
): (tensor: SymbolicTensorLike) => Value {
  if (isModel(layer)) {
    const outputs = open(layer, inputs, prefix, values);
    return ({ outputTensorIndex = 0 }) => outputs[outputTensorIndex]!;
  }
  const node: LayerNode = { layer, inputs };
  return ({ outputTensorIndex: index = 0, shape }) => ({ node, index, shape });
}

/** A part of a graph: the values between one (exclusive) and another (inclusive), in the order of computation. */
export type Subgraph = readonly Value[];

/** The values that `to` depends on, in the order of computation. The search stops at `from`. */
export function subgraph(to: Value, from: Value): Subgraph {
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
 * Calls `f` for each node of a subgraph in order, from the value `start` of `from`, and returns the last result.
 */
function fold<T>(
  values: Subgraph,
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
 * Computes the last value of a subgraph from `x`, the value of `from`. A layer whose weights are all frozen runs in
 * inference mode, so that a frozen batch norm uses its running statistics and does not update them.
 */
export const evaluate = (values: Subgraph, from: Value, x: tf.Tensor, training: boolean): tf.Tensor =>
  fold(values, from, x, (layer, inputs) => {
    const frozen = layer.weights.length > 0 && !layer.weights.some((weight) => variableOf(weight).trainable);
    const output = layer.call(inputs.length === 1 ? inputs[0]! : [...inputs], { training: training && !frozen });
    return Array.isArray(output) ? output : [output];
  });

/** The shape of the last value of a subgraph, from the shape of `from`. @throws any error of a layer */
export const shapeAfter = (values: Subgraph, from: Value, shape: ShapeLike): ShapeLike =>
  fold(values, from, shape, (layer, inputs) => {
    const output = layer.computeOutputShape((inputs.length === 1 ? inputs[0] : inputs) as never);
    return isShape(output) ? [output] : output;
  });

const isShape = (x: ShapeLike | readonly ShapeLike[]): x is ShapeLike => !Array.isArray(x[0]);
