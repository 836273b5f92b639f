import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Inputs } from "../kernels/put-kernel.js";
import { heapOf, uninitialized } from "./backend.js";

/**
 * Runs the cpu backend's kernel on numbers that lie in WebAssembly's memory, and puts the results there. For the cases
 * that `wasm` has wrong and that are rare or small: it copies all inputs and computes in JavaScript.
 */
export function onCpu(kernelName: string, inputs: Inputs, attrs: Attrs): tf.Tensor | tf.Tensor[] {
  const cpu = tf.findBackend("cpu") as MathBackendCPU;
  const given = Object.entries(inputs).filter(([, x]) => x != null);
  const infos = given.map(([name, x]) => [name, cpu.makeTensorInfo(x.shape, x.dtype, heapOf(x).slice())] as const);
  const named = Object.fromEntries(infos);
  const { kernelFunc } = tf.getKernel(kernelName, "cpu");
  const results = kernelFunc({ inputs: named, attrs: attrs as tf.NamedAttrMap, backend: cpu });
  const moved = [results].flat().map((info) => toWasm(cpu, info));
  for (const info of new Set([...Object.values(named), ...[results].flat()])) cpu.disposeData(info.dataId, true);
  return Array.isArray(results) ? moved : moved[0]!;
}

function toWasm(cpu: MathBackendCPU, { shape, dtype, dataId }: tf.TensorInfo): tf.Tensor {
  const y = uninitialized(shape, dtype);
  heapOf(y).set(cpu.data.get(dataId).values as Float32Array);
  return y;
}
