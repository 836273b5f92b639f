import { completeGradients } from "../gradients/register-gradients.js";
import { completeTensorflow } from "../tensorflow/complete-tensorflow.js";
import type { Engine } from "./engine.js";
import { importFromProject } from "./import-from-project.js";

/**
 * TensorFlow's C library. Never a dependency: its install script downloads 100s of MB and fails behind many firewalls,
 * so it is used where the user's project has it. tfjs-node 4.22 does not run on Node 23 and later (tfjs issue 8609).
 */
export const tensorflow: Engine = {
  name: "tensorflow",
  backend: "tensorflow",
  remedy: "npm install @tensorflow/tfjs-node@4.22.0   # Node 22 or older",
  async load() {
    await importFromProject("@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node");
    completeGradients(); // it registers tfjs's gradients a second time
    completeTensorflow();
  },
};
