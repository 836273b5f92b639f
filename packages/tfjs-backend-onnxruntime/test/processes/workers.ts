/**
 * Worker threads that train at the same time as one another and as this thread. One ends, one is terminated while it
 * waits, one stops itself in the midst of its work. None is terminated in a kernel: onnxruntime-node 1.30 aborts the
 * process then.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import * as tf from "@tensorflow/tfjs-core";
import "@fovea/tfjs-backend-onnxruntime";
import { losses } from "./small-net.js";

// Node 20 does not hand tsx on to workers
const start = `import("tsx/esm/api").then(({ register }) => (register(), import("${new URL("./worker.ts", import.meta.url).href}")))`; // prettier-ignore
const worker = (workerData: string) => new Worker(start, { eval: true, workerData });
const told = async (by: Worker) => ((await once(by, "message")) as [number[]])[0];

tf.enableProdMode(); // no banner
tf.env().set("ONNXRUNTIME_ALL_NATIVE", true);
const [ends, waits, stops] = [worker("and end"), worker("and wait"), worker("until told")];
const [ended, stopped] = [once(ends, "exit"), once(stops, "exit")];
const there = Promise.all([told(ends), told(waits)]);
await told(stops);
const here = await losses("onnxruntime", 10);
stops.postMessage("stop");
const native = [here, ...(await there)];
await Promise.all([waits.terminate(), ended, stopped]);
native.push(await losses("onnxruntime", 10));
console.log(JSON.stringify({ cpu: await losses("cpu", 10), native }));
