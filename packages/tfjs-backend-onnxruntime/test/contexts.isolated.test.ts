import "../../../tools/vitest/setup.js";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { blockSize } from "../src/runtime/block-size.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const spec = "packages/tfjs-backend-onnxruntime/test/processes/foreign-context.spec.ts";

describe("in a context whose classes are not the native module's,", () => {
  it.each(["vmThreads", "vmForks"])("as vitest's %s and Jest make one, everything works", (pool) => {
    const args = ["node_modules/vitest/vitest.mjs", "run", "--pool", pool, "--config", "packages/tfjs-backend-onnxruntime/test/processes/vitest.config.ts", spec]; // prettier-ignore
    const env = { ...process.env, BLOCK_SIZE: String(blockSize()) };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", env });
    expect(status, stdout + stderr).toBe(0);
  });
});

describe("numbers that threads share", () => {
  it.each([5, 5000])("are copied when %i of them become a tensor", async (n) => {
    await tf.setBackend("onnxruntime");
    const shared = new Float32Array(new SharedArrayBuffer(4 * n)).fill(3);
    const x = tf.tensor1d(shared);
    const sum = tf.add(x, tf.square(x));
    shared.fill(9);
    expect(new Set(sum.dataSync())).toEqual(new Set([12]));
    expect(new Set(tf.neg(x).dataSync())).toEqual(new Set([-3]));
    tf.dispose([x, sum]);
  });
});
