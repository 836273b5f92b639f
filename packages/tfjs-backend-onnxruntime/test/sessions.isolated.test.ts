import "../../../tools/vitest/setup.js";
import * as tf from "@tensorflow/tfjs-core";
import { lowering } from "@fovea/onnx-graph";
import { sessionCount } from "@fovea/tfjs-backend-onnxruntime";
import { beforeAll, describe, expect, it } from "vitest";
import type { OnnxRuntimeBackend } from "../src/backend.js";
import { nativeKernel } from "../src/kernels.js";
import { plan } from "../src/runtime/plan.js";
import { planCache } from "../src/runtime/plan-cache.js";
import { portsOf } from "../src/runtime/ports.js";
import { sessionCache } from "../src/runtime/sessions.js";

/** A kernel that is another model for each `alpha`. */
const leakyRelu = lowering<{ alpha: number }>({
  kernel: "LeakyForTest",
  inputs: ["x"],
  lower: (g, [x], { alpha }) => g.node("LeakyRelu", [x!], { shape: x!.shape }, { alpha: { float: alpha } }),
});
const leaky = nativeKernel(leakyRelu, () => expect.fail("ran on cpu"));

const budget = 768; // threads

function run(alpha: number, length = 4096): number {
  const x = tf.fill([length], -1);
  const y = leaky({ inputs: { x }, attrs: { alpha }, backend: tf.backend() }) as tf.TensorInfo;
  const backend = tf.backend() as OnnxRuntimeBackend;
  const value = (backend.numbers(y.dataId) as Float32Array)[length - 1]!;
  backend.disposeData(y.dataId);
  x.dispose();
  return value;
}

beforeAll(async () => void (await tf.setBackend("onnxruntime")));

describe("plans", () => {
  const planOf = (bytes: number) => ({ ...plan(leakyRelu, [{ dataId: {}, dtype: "float32", shape: [2] }], { alpha: 1 })!, bytes }); // prettier-ignore

  it("are made once, also where there is none, and hold no more bytes than they may", () => {
    const cache = planCache(10_000);
    let made = 0;
    const ask = (key: string, bytes?: number) => cache.get(key, () => (made++, bytes === undefined ? undefined : planOf(bytes))); // prettier-ignore
    const first = ask("a", 3000);
    expect(ask("a", 3000)).toBe(first);
    expect([ask("none"), ask("none")]).toEqual([undefined, undefined]);
    expect(made).toBe(2);
    for (let i = 0; i < 100; i++) {
      ask(`passing ${i}`, 3000);
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
      expect(ask("a", 3000)).toBe(first); // asked for again and again: it stays
    }
    for (let i = 0; i < 3; i++) ask(`more ${i}`, 3000);
    expect(ask("a", 3000)).not.toBe(first);
    ask("more than may be held", 20_000);
    expect(cache.bytes).toBe(0);
  });
});

describe("sessions", () => {
  it("are shared by kernels that differ in sides only", () => {
    const before = sessionCount();
    for (let length = 4096; length < 4200; length++) expect(run(0.5, length)).toBe(-0.5);
    expect(sessionCount()).toBe(before + 1);
  });

  it("stay within their bound, and one that was given up is made again", () => {
    for (let i = 1; i < budget + 100; i++) {
      expect(run(-i)).toBe(i);
      expect(run(-1000)).toBe(1000); // in use all the time: never given up
    }
    expect(sessionCount()).toBe(budget);
    expect(run(-1)).toBe(1);
    expect(sessionCount()).toBe(budget);
  });

  it("count by their threads, and those that ran longest ago go first", () => {
    const cache = sessionCache(10);
    const [a, b, c] = [1, 2, 3].map((alpha) =>
      plan(leakyRelu, [{ dataId: {}, dtype: "float32", shape: [2] }], { alpha })!,
    );
    const first = cache.get(a!.model, 4);
    const second = cache.get(b!.model, 4);
    const { value } = a!.outputs[0]!;
    const ports = portsOf(a!.feeds, [value]);
    ports.put([new Float32Array(2)], [new Float32Array(2)]);
    first.run(ports);
    cache.get(c!.model, 4);
    expect(cache.size).toBe(2);
    expect([first.alive, second.alive]).toEqual([true, false]);
    expect(cache.get(a!.model, 4)).toBe(first);
    expect(cache.get(a!.model, 1)).not.toBe(first);
    cache.dispose();
    expect(cache.size).toBe(0);
    expect(first.alive).toBe(false);
  });

  it("are freed with the pool when the backend is removed, and come back with it", async () => {
    const factory = tf.findBackendFactory("onnxruntime");
    const { buffers } = tf.backend() as OnnxRuntimeBackend;
    tf.tidy(() => tf.sub(tf.zeros([4096]), 1));
    expect(buffers.bytes).toBeGreaterThan(0);
    expect(sessionCount()).toBeGreaterThan(0);
    tf.removeBackend("onnxruntime");
    expect(sessionCount()).toBe(0);
    expect(buffers.bytes).toBe(0);
    tf.registerBackend("onnxruntime", factory);
    await tf.setBackend("onnxruntime");
    expect(run(-3)).toBe(3);
  });
});
