import type { Context, Module, Weights } from "@fovea/nn";
import { perturbParams, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import type { Subject } from "./equal.js";

/** Makes a subject anew: its name begins with that of the function that it is about. */
export type Makers = Readonly<Record<string, () => Subject | Promise<Subject>>>;

type Inputs = Readonly<Record<string, tf.Variable>>;

/** Variables of random numbers, of these shapes. */
export const inputsOf = (shapes: Readonly<Record<string, readonly number[]>>): Record<string, tf.Variable> =>
  tf.tidy(() =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape], i) => [name, tf.variable(randomTensor(shape, i))])),
  );

/**
 * A function of float inputs of these shapes. One that takes no context is the same in training and inference.
 * (An input may have any rank: its type is `never`, which goes anywhere.)
 */
export function ofInputs<const Shapes extends Readonly<Record<string, readonly number[]>>>(
  shapes: Shapes,
  compute: (inputs: { readonly [Name in keyof Shapes]: never }, ctx: Context) => tf.Tensor,
): Subject {
  const variables = inputsOf(shapes);
  return {
    variables,
    hasModes: compute.length > 1,
    output: (ctx) => tf.tidy(() => compute(variables as never, ctx)),
    dispose: () => tf.dispose(variables),
  };
}

/** A module on float inputs of these shapes. */
export function ofModule<M extends Module, const Shapes extends Readonly<Record<string, readonly number[]>>>(
  module: M,
  shapes: Shapes,
  forward: (module: M, inputs: { readonly [Name in keyof Shapes]: never }, ctx: Context) => tf.Tensor,
): Subject {
  perturbParams(module);
  const inputs: Inputs = inputsOf(shapes);
  const named: Weights = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [`input ${name}`, input]));
  return {
    variables: { ...module.params, ...named },
    buffers: module.buffers,
    output: (ctx) => tf.tidy(() => forward(module, inputs as never, ctx)),
    dispose() {
      module.dispose();
      tf.dispose(inputs as tf.TensorContainer);
    },
  };
}
