/** A program that chooses its backend itself, and only completes it. */
import { completeWasm } from "@fovea/engine";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

completeWasm();
await tf.setBackend("wasm");
console.log(...tf.relu(tf.tensor1d([NaN, -1])).dataSync(), ...tf.exp(tf.tensor1d([0], "int32")).dataSync());
