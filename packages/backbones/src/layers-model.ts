import type * as tf from "@tensorflow/tfjs-core";

/** The part of `tf.LayersModel` that is used here; any model of tfjs-layers has it. */
export interface LayersModelLike {
  readonly inputs: readonly SymbolicTensorLike[];
  readonly outputs: readonly SymbolicTensorLike[];
  readonly weights: readonly LayerVariableLike[];
}

/** The part of `tf.SymbolicTensor` that is used here: a value of the graph, and how it is made. */
export interface SymbolicTensorLike {
  readonly id: number;
  readonly shape: readonly (number | null)[];
  readonly sourceLayer: LayerLike;
  readonly inputs: readonly SymbolicTensorLike[];
  readonly outputTensorIndex?: number | undefined;
}

/** The part of `tf.layers.Layer` that is used here. */
export interface LayerLike {
  readonly name: string;
  readonly weights: readonly LayerVariableLike[];
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}

/** The part of tfjs-layers' `LayerVariable` that is used here. */
export interface LayerVariableLike {
  /** The name in the file the model was read from. */
  readonly originalName: string;
  read(): tf.Tensor;
}

/** A part of a model's graph: the values from one (exclusive) to another (inclusive), each after what it is made of. */
export type Segment = readonly SymbolicTensorLike[];

/** The values on all ways back from `to`, in order of computation. The search does not go beyond `from`. */
export function segment(to: readonly SymbolicTensorLike[], from?: SymbolicTensorLike): Segment {
  const seen = new Map<number, SymbolicTensorLike>();
  const visit = (value: SymbolicTensorLike): void => {
    if (value.id === from?.id || seen.has(value.id)) return;
    value.inputs.forEach(visit);
    seen.set(value.id, value);
  };
  to.forEach(visit);
  return [...seen.values()];
}

/**
 * The last value of a segment, given the value it starts from. A layer whose weights are all frozen runs as outside of
 * training, so that a frozen batch norm uses and keeps its running statistics.
 */
export function evaluate(values: Segment, from: SymbolicTensorLike, x: tf.Tensor, training: boolean): tf.Tensor {
  const known = new Map([[from.id, x]]);
  let last = x;
  for (const { id, sourceLayer: layer, inputs, outputTensorIndex = 0 } of values) {
    const tensors = inputs.map((input) => known.get(input.id)!);
    const frozen = layer.weights.length > 0 && !layer.weights.some((weight) => variableOf(weight).trainable);
    const output = layer.call(tensors.length === 1 ? tensors[0]! : tensors, { training: training && !frozen });
    last = Array.isArray(output) ? output[outputTensorIndex]! : output;
    known.set(id, last);
  }
  return last;
}

/** The variable behind a weight, which is what `read` hands out. */
export const variableOf = (weight: LayerVariableLike): tf.Variable => weight.read() as tf.Variable;
