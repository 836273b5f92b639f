import type { Engine } from "./engine.js";

/** Plain JavaScript: works everywhere and has every kernel, to compare with; too slow to train on. */
export const cpu: Engine = {
  name: "cpu",
  backend: "cpu",
  remedy: "npm install @tensorflow/tfjs-backend-cpu@4.22.0",
  load: async () => void (await import("@tensorflow/tfjs-backend-cpu")),
};
