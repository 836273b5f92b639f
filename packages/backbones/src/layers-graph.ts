import type * as tf from "@tensorflow/tfjs-core";
import {
  isModel,
  variableOf,
  type LayerLike,
  type LayersModelLike,
  type ShapeLike,
  type SymbolicTensorLike,
} from "./layers-model.js";

/** A layer that is run once, on what others have made. A layer that is used twice has two uses. */
export interface Use {
  readonly layer: LayerLike;
  readonly inputs: readonly Value[];
}

/** One of the results of a use. */
export interface Value {
  readonly use: Use;
  readonly index: number;
  readonly shape: ShapeLike;
}

/** A value by what it is called in the model. */
export interface Named {
  /** Of its layer, behind those of the models that the layer lies in: `trunk/relu`. */
  readonly name: string;
  /** Of the symbolic tensor. */
  readonly id: number;
  readonly value: Value;
}

/**
 * The values of a model, each after what it is made of; models that are its layers are opened, so that only layers
 * are left.
 */
export function openGraph(model: LayersModelLike): { readonly images: Value; readonly values: readonly Named[] } {
  const [input] = model.inputs as [SymbolicTensorLike];
  const images: Value = { use: { layer: input.sourceLayer, inputs: [] }, index: 0, shape: input.shape };
  const values: Named[] = [];
  open(model, [images], "", values);
  return { images, values };
}

/** The outputs of a model that is given these inputs. */
function open(model: LayersModelLike, inputs: readonly Value[], prefix: string, values: Named[]): readonly Value[] {
  const known = new Map(model.inputs.map(({ id }, i) => [id, inputs[i]!]));
  const uses = new Map<LayerLike, ((tensor: SymbolicTensorLike) => Value)[]>();
  const valueOf = (tensor: SymbolicTensorLike): Value => {
    const { id, sourceLayer: layer, nodeIndex = 0 } = tensor;
    const found = known.get(id);
    if (found) return found;
    const name = prefix + layer.name;
    const given = tensor.inputs.map(valueOf);
    const ofLayer = uses.get(layer) ?? [];
    uses.set(layer, ofLayer);
    const value = (ofLayer[nodeIndex] ??= resultsOf(layer, given, `${name}/`, values))(tensor);
    known.set(id, value);
    values.push({ name, id, value });
    return value;
  };
  const outputs = model.outputs.map(valueOf);
  for (const { name, id } of adopted(model)) {
    const value = known.get(id);
    if (value) values.push({ name: prefix + name, id, value });
  }
  return outputs;
}

/** A sequential model that begins with a model has that one's graph as its own, in which it is no layer. */
const adopted = ({ layers }: LayersModelLike): { readonly name: string; readonly id: number }[] =>
  layers.filter(isModel).flatMap(({ name, outputs }) => outputs.map(({ id }) => ({ name, id })));

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
  const use: Use = { layer, inputs };
  return ({ outputTensorIndex: index = 0, shape }) => ({ use, index, shape });
}

/** A part of a graph: the values from one (exclusive) to another (inclusive), each after what it is made of. */
export type Segment = readonly Value[];

/** The values on all ways back from `to`, in order of computation. The search does not go beyond `from`. */
export function segment(to: Value, from: Value): Segment {
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (value === from || seen.has(value)) return;
    value.use.inputs.forEach(visit);
    seen.add(value);
  };
  visit(to);
  return [...seen];
}

/**
 * What `f` makes of each use in turn, and so of the last value of a segment, given that of the value it starts from.
 */
function fold<T>(
  values: Segment,
  from: Value,
  start: T,
  f: (layer: LayerLike, inputs: readonly T[]) => readonly T[],
): T {
  const known = new Map([[from, start]]);
  const done = new Map<Use, readonly T[]>();
  let last = start;
  for (const value of values) {
    const { use, index } = value;
    const results =
      done.get(use) ??
      f(
        use.layer,
        use.inputs.map((input) => known.get(input)!),
      );
    done.set(use, results);
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
