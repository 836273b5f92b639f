/** A program that chooses the backend, on a machine where something is wrong with onnxruntime-node. */
import Module from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import "@fovea/tfjs-backend-onnxruntime";

const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
const load = loader._load;
const ailments: Record<string, () => void> = {
  none: () => {},
  missing: () => answer("onnxruntime-node/package.json", () => load("onnxruntime-node-that-is-not-there")),
  other: () => answer("onnxruntime-node/package.json", () => ({ version: "1.27.0" })),
  platform: () => void Object.defineProperty(process, "arch", { value: "s390x" }),
};

function answer(asked: string, answered: () => unknown): void {
  loader._load = (request, ...rest) => (request === asked ? answered() : load(request, ...rest));
}

ailments[process.argv[2]!]!();
const chosen = await tf.setBackend("onnxruntime");
console.log(`${chosen} ${chosen ? tf.sum(tf.ones([100, 100])).dataSync()[0] : ""}`.trim());
