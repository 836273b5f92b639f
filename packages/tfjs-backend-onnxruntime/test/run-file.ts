import * as tf from "@tensorflow/tfjs-core";
import { InferenceSession, Tensor } from "onnxruntime-node";

/** The outputs of an ONNX file for tensors by name, as any program computes them that has onnxruntime-node. */
export async function runFile(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, tf.Tensor>>,
): Promise<Record<string, tf.Tensor>> {
  const session = await InferenceSession.create(bytes);
  const feeds = Object.entries(inputs).map(([name, x]) => {
    const type = x.dtype as "float32";
    return [name, new Tensor(type, x.dataSync().slice() as Float32Array, x.shape)] as const;
  });
  try {
    const outputs = await session.run(Object.fromEntries(feeds));
    const tensors = Object.entries(outputs).map(([name, y]) => {
      const dtype = y.type as "float32";
      return [name, tf.tensor(y.data as Float32Array, [...y.dims], dtype)] as const;
    });
    return Object.fromEntries(tensors);
  } finally {
    await session.release();
  }
}
