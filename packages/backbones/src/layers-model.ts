import type * as tf from "@tensorflow/tfjs-core";

/** The part of `tf.LayersModel` that is used here; any model of tfjs-layers has it. */
export interface LayersModelLike {
  readonly inputs: readonly SymbolicTensorLike[];
  readonly outputs: readonly SymbolicTensorLike[];
  readonly layers: readonly LayerLike[];
  readonly weights: readonly LayerVariableLike[];
  readonly trainableWeights: readonly LayerVariableLike[];
}

/** The part of `tf.SymbolicTensor` that is used here: a value of the graph, and how it is made. */
export interface SymbolicTensorLike {
  readonly id: number;
  readonly shape: ShapeLike;
  readonly sourceLayer: LayerLike;
  readonly inputs: readonly SymbolicTensorLike[];
  /** The index of the node of its layer that computes it: a layer has one node for each use. Default 0. */
  readonly nodeIndex?: number | undefined;
  /** The index among the outputs of that node. Default 0. */
  readonly outputTensorIndex?: number | undefined;
}

/** The shape of a tensor; null for an axis of any size. */
export type ShapeLike = readonly (number | null)[];

/** The part of `tf.layers.Layer` that is used here. A model that is a layer of another is a `LayersModelLike` too. */
export interface LayerLike {
  readonly name: string;
  readonly weights: readonly LayerVariableLike[];
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
  computeOutputShape(inputShape: never): ShapeLike | readonly ShapeLike[];
}

/** The part of tfjs-layers' `LayerVariable` that is used here. */
export interface LayerVariableLike {
  /** The name of the weight in the file that the model was read from. */
  readonly originalName: string;
  read(): tf.Tensor;
}

/** The variable of a weight, which `read` returns. */
export const variableOf = (weight: LayerVariableLike): tf.Variable => weight.read() as tf.Variable;

/** Whether a layer is a model. A custom layer may have `layers`, too, but no `inputs` and `outputs`. */
export const isModel = (layer: LayerLike): layer is LayerLike & LayersModelLike =>
  ["layers", "inputs", "outputs"].every((member) => member in layer);
