import { completeWasm } from "@fovea/engine";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";

tf.env().set("PROD", true);
completeWasm();
await tf.setBackend(process.env["FOVEA_ENGINE"] ?? "wasm");
await tf.ready();
