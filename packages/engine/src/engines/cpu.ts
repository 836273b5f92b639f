import type { Engine } from "./engine.js";

/** Plain JavaScript, its wrong kernels replaced: works everywhere and has every kernel; too slow to train on. */
export const cpu: Engine = {
  name: "cpu",
  backend: "cpu",
  remedy: "npm install @fovea/tfjs-backend-onnxruntime @tensorflow/tfjs-backend-cpu@4.22.0",
  async load() {
    const { completeCpu } = await import("@fovea/tfjs-backend-onnxruntime/cpu");
    completeCpu();
  },
};
