/** A program that has started `wasm` itself, and has tensors on it, when it calls `useEngine`. */
import { useEngine } from "@fovea/engine";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

await tf.setBackend("wasm");
const x = tf.tensor1d([1, 2, 3]);
const v = tf.variable(tf.tensor1d([4, 5]));
await useEngine("wasm");
console.log(...x.dataSync(), ...v.dataSync(), process.listenerCount("uncaughtException"));
