/**
 * A worker thread that trains: ten steps whose losses it tells, after which it waits or ends; or until it is told to
 * stop.
 */
import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import * as tf from "@tensorflow/tfjs-core";
import "@fovea/tfjs-backend-onnxruntime";
import { losses, smallNet } from "./small-net.js";

tf.enableProdMode(); // no banner
tf.env().set("ONNXRUNTIME_ALL_NATIVE", true);
if (workerData === "until told") {
  parentPort!.on("message", () => process.exit());
  await tf.setBackend("onnxruntime");
  const net = smallNet();
  for (let i = 0; ; i++) {
    net.step(2, i);
    if (i === 3) parentPort!.postMessage("under way");
    await setImmediate();
  }
}
parentPort!.postMessage(await losses("onnxruntime", 10));
if (workerData === "and wait") parentPort!.on("message", () => {});
