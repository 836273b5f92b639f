import {
  encode,
  graphBuilder,
  portableVersions,
  zerosFor,
  type Attrs,
  type Data,
  type Lowering,
  type OnnxModel,
  type Target,
  type Value,
} from "@fovea/onnx-graph";
import type { NativeTensor } from "../src/runtime/binding.js";
import { createSession } from "../src/runtime/session.js";

/** A tensor of a model. */
export interface Tensor {
  readonly type: Value["type"];
  readonly shape: readonly number[];
  readonly data: Data;
}

/** One kernel as a whole model: constants are initializers, each input is fed once. Undefined without a lowering. */
export function modelOfKernel(
  { lower }: Lowering,
  inputs: readonly (Omit<Value, "name"> | undefined)[],
  attrs: Attrs,
  target: Target,
): OnnxModel | undefined {
  const graph = graphBuilder(target);
  let source = 0;
  const values = inputs.map((input) => input && graph.input(input, source++)) as Value[];
  const lowered = lower(graph, values, attrs);
  if (!lowered) return undefined;
  const outputs = ("name" in lowered ? [lowered] : lowered).map((y) => graph.output(y));
  return {
    name: "kernel",
    inputs: graph.feeds.map(({ value }) => value),
    initializers: graph.initializers,
    nodes: graph.emitted,
    outputs: outputs as Value[],
    ...(target.portable ? portableVersions : {}),
  };
}

const native = ({ type, shape, data }: Tensor): NativeTensor => ({ type, dims: shape, data, cpuData: data, location: "cpu" }); // prettier-ignore

/** The model's outputs, `times` times, one run after another. */
export function runModel(
  model: OnnxModel,
  inputs: readonly Tensor[],
  { threads = 1, times = 1 } = {},
): (readonly Tensor[])[] {
  const outputs = model.outputs as readonly Value[];
  const session = createSession(encode(model), threads);
  try {
    return Array.from({ length: times }, () => {
      const tensors = outputs.map(({ type, shape }) => ({ type, shape, data: zerosFor({ type, shape }) }));
      const entries = (values: readonly { name: string }[], of: readonly Tensor[]) =>
        Object.fromEntries(values.map(({ name }, i) => [name, native(of[i]!)]));
      session.run({ feeds: entries(model.inputs, inputs), fetches: entries(outputs, tensors), put() {}, clear() {} });
      return tensors;
    });
  } finally {
    session.dispose();
  }
}
