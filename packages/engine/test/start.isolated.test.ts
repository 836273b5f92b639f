import "../../../tools/vitest/setup.js";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import type { Engine } from "../src/engines/engine.js";
import { engines } from "@fovea/engine";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { startEngine } from "../src/engines/start.js";

const engine = (backend: string, load: () => Promise<void> = () => Promise.resolve()): Engine => ({
  name: "onnxruntime",
  backend,
  remedy: "npm install it",
  load,
});

afterEach(() => tf.setBackend("wasm"));

describe("startEngine", () => {
  it("leaves the engine in use where the package cannot be loaded", async () => {
    await tf.setBackend("cpu");
    const load = () => Promise.reject(new Error("cannot open libonnxruntime.so"));
    await expect(startEngine(engine("cpu", load))).rejects.toThrow("cannot open libonnxruntime.so");
    expect(tf.getBackend()).toBe("cpu");
  });

  it("finds out when a package registers with another tfjs-core", async () => {
    await expect(startEngine(engine("nowhere"))).rejects.toThrow("its package registered no backend `nowhere`");
    expect(tf.getBackend()).toBe("wasm");
  });

  it("finds out when a backend multiplies right only what is small", async () => {
    await engines.find(({ name }) => name === "cpu")!.load();
    for (const { kernelName, kernelFunc } of tf.getKernelsForBackend("cpu"))
      tf.registerKernel({
        kernelName,
        backendName: "shortsighted",
        kernelFunc: (call) => {
          const result = kernelFunc(call);
          if (kernelName === tf.BatchMatMul && tf.util.sizeFromShape((result as tf.TensorInfo).shape) > 16384)
            throw new Error("Tensor type (16) is not supported.");
          return result;
        },
      });
    tf.registerBackend("shortsighted", () => new MathBackendCPU());
    try {
      await expect(startEngine(engine("shortsighted"))).rejects.toThrow("Tensor type (16) is not supported.");
      expect(tf.getBackend()).toBe("wasm");
    } finally {
      tf.removeBackend("shortsighted");
    }
  });

  it("finds out when a backend cannot multiply", async () => {
    tf.registerBackend("hollow", () => Object.assign(new tf.KernelBackend(), { dispose: () => undefined }));
    try {
      await expect(startEngine(engine("hollow"))).rejects.toThrow();
      expect(tf.getBackend()).toBe("wasm");
    } finally {
      tf.removeBackend("hollow");
    }
  });
});
