import * as tf from "@tensorflow/tfjs-core";
import { createRequire } from "node:module";
import type { InferenceSession, Tensor, TypedTensor } from "onnxruntime-node";
import { requireRuntime } from "../runtime/binding.js";

interface Runtime {
  readonly InferenceSession: { create(bytes: Uint8Array): Promise<InferenceSession> };
  readonly Tensor: new (type: string, data: ArrayBufferView, dims: readonly number[]) => Tensor;
}

/**
 * The outputs of an ONNX file, by name, computed by onnxruntime-node as any program would: to look at what `exportOnnx`
 * has written. Each call loads the file.
 *
 * @param inputs - by name, as the file takes them; float32, int32 or bool, of which whole numbers are made bytes where
 *   the file takes bytes. Not disposed
 * @returns tensors, the caller's to dispose
 * @throws whatever ONNX Runtime says of the file or of the inputs
 */
export async function runOnnx(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, tf.Tensor>>,
): Promise<Record<string, tf.Tensor>> {
  requireRuntime();
  const ort = createRequire(import.meta.url)("onnxruntime-node") as Runtime;
  const session = await ort.InferenceSession.create(bytes);
  try {
    const feeds: Record<string, Tensor> = {};
    const takesBytes = (name: string) => session.inputMetadata.some((input) => input.name === name && input.isTensor && input.type === "uint8"); // prettier-ignore
    for (const [name, x] of Object.entries(inputs)) {
      const numbers = await x.data();
      feeds[name] = takesBytes(name)
        ? new ort.Tensor("uint8", Uint8Array.from(numbers), x.shape)
        : new ort.Tensor(x.dtype, numbers.slice() as ArrayBufferView, x.shape);
    }
    const outputs = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, y]) => [name, tensorOf(y as TypedTensor<"float32">)]),
    );
  } finally {
    await session.release();
  }
}

const tensorOf = ({ data, dims, type }: TypedTensor<"float32">): tf.Tensor => tf.tensor(data, [...dims], type);
