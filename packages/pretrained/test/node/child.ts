// A process that reads weights from a hub: node … child.ts REPOSITORY. With FOVEA_STALL it stops as soon as some have
// come.
import "../../../../tools/vitest/setup.js";
import { fromHub } from "../../src/node/index.js";

const stall = process.env["FOVEA_STALL"] !== undefined;
const { tensors } = await fromHub(process.argv[2]!, {
  onProgress: ({ file }) => {
    if (stall && file === "model.safetensors") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
console.log(tensors["fc.bias"]!.size);
