import type * as tf from "@tensorflow/tfjs-core";
import type { ExportInput } from "./export-input.js";
import { exportOnnx, type ExportedModel, type ExportOptions } from "./export-onnx.js";

/** What is read of a `tf.LayersModel`: of tfjs-layers in any version. */
export interface LayersModel {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | null)[]; readonly dtype?: string }[]; // prettier-ignore
  readonly outputs: readonly { readonly name: string }[];
  readonly weights: readonly { readonly originalName: string; read(): tf.Tensor }[];
  apply(inputs: never, kwargs: { readonly training: boolean }): unknown;
}

/** What an exported `tf.LayersModel` takes and says. */
export interface ExportLayersModelOptions extends Omit<ExportOptions, "weights"> {
  /**
   * Inputs, by name, that are to be taken in another way than the model says: channels first, or with sides that may be
   * any. Must have those of whose sides, the batch excepted, the model does not know the length. Default: as the model
   * says, with any batch.
   */
  readonly inputs?: Readonly<Record<string, ExportInput>>;
}

/**
 * A `tf.LayersModel` as an ONNX file, as `exportOnnx` writes one: inputs, outputs and weights have the names that they
 * have in the model. It computes what `predict` does.
 *
 * @throws Error as `exportOnnx`; RangeError for an input with a side of unknown length
 */
export function exportLayersModel(
  model: LayersModel,
  { inputs = {}, ...options }: ExportLayersModelOptions = {},
): ExportedModel {
  const names = model.inputs.map(({ name }) => name);
  const taken = model.inputs.map((input) => [input.name, inputs[input.name] ?? asKnown(input)] as const);
  const outputs = model.outputs.map(({ name }) => name.replace(/\/.*$/, "")); // the layer's name is there twice
  const weights = model.weights.map((weight) => [weight.originalName, weight.read() as tf.Variable] as const);
  const run = (given: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>> => {
    const tensors = names.map((name) => given[name]!);
    const results = [model.apply((tensors.length === 1 ? tensors[0] : tensors) as never, { training: false })].flat();
    return Object.fromEntries(outputs.map((name, i) => [name, results[i] as tf.Tensor]));
  };
  return exportOnnx(run, Object.fromEntries(taken), { ...options, weights: Object.fromEntries(weights) });
}

function asKnown({ name, shape, dtype = "float32" }: LayersModel["inputs"][number]): ExportInput {
  const unknown = shape.findIndex((side, axis) => axis > 0 && side === null);
  if (unknown >= 0)
    throw new RangeError(
      `exportLayersModel: expected \`inputs\` to have \`${name}\`, since the model does not know the length of its side ${unknown}, got none.`,
    );
  return { shape: shape.map((side) => side ?? "batch"), dtype: dtype as "float32" };
}
