import { doctor, formatDiagnosis, type Diagnosis } from "@fovea/engine";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

const example: Diagnosis = {
  node: "20.19.0",
  platform: "linux x64",
  cores: 2,
  tfjs: "4.22.0",
  coreCopies: [{ path: "/a/node_modules/@tensorflow/tfjs-core", version: "4.22.0" }],
  gradients: true,
  engines: [
    {
      name: "tensorflow",
      experimental: false,
      works: false,
      reason: `no library ${"with a long name ".repeat(9)}`,
      remedy: "npm install it",
    },
    {
      name: "webgpu",
      experimental: true,
      works: true,
      speed: { matMul: 3, conv: 2, training: 1 },
      completed: [],
      missing: [],
      fallbacks: { LRN: 3 },
    },
    {
      name: "wasm",
      experimental: false,
      works: true,
      speed: { matMul: 21.4, conv: 9.87, training: 1234.5 },
      completed: [
        { name: "Einsum", stock: "missing" },
        { name: "Sum", stock: "slow" },
      ],
      missing: ["FFT"],
      fallbacks: {},
    },
  ],
};

describe("formatDiagnosis", () => {
  it("says what works, how fast, and what would make the rest work", () => {
    const text = formatDiagnosis(example);
    expect(text).toMatch(/^wasm +yes +21 GFLOP\/s +9\.9 GFLOP\/s +1235 images\/s$/m);
    expect(text).toMatch(/^tensorflow +no$/m);
    expect(text).toMatch(/^webgpu \(experimental\) +yes +3\.0 GFLOP\/s/m);
    expect(text).toContain("useEngine() takes `wasm`");
    expect(text).toMatch(/^tensorflow: no library/m);
    expect(text).toMatch(/^ {2}npm install it$/m);
    expect(text).toContain("lacks; brought by us: Einsum.");
    expect(text).toContain("has slow; brought by us: Sum.");
    expect(text).toContain("wasm still lacks, of what cpu has: FFT.");
    expect(text).toContain("webgpu fell back to JavaScript in: LRN (3 times).");
  });

  it("fits 80 columns", () => {
    for (const line of formatDiagnosis(example).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("names the tfjs-cores where there are several, and missing gradients", () => {
    const second = { path: "/b/node_modules/@tensorflow/tfjs-core", version: "4.20.0" };
    const text = formatDiagnosis({ ...example, coreCopies: [...example.coreCopies, second], gradients: false });
    expect(text).toContain("2 tfjs-cores");
    expect(text).toContain("4.20.0  /b/node_modules/@tensorflow/tfjs-core");
    expect(text).toContain("npm dedupe");
    expect(text).toContain("No gradients are registered");
  });
});

describe("doctor", () => {
  it("times wasm and cpu, names what they lack, and leaves the engine in use", async () => {
    const before = tf.getBackend();
    const diagnosis = await doctor();
    const [wasm, cpu] = ["wasm", "cpu"].map((name) => diagnosis.engines.find((engine) => engine.name === name)!);
    if (!wasm?.works || !cpu?.works) throw new Error("wasm and cpu work everywhere");
    for (const { speed } of [wasm, cpu]) expect(speed.training).toBeGreaterThan(0); // how fast is for the bench to say
    expect(cpu.missing).toEqual([]);
    expect(wasm.missing).not.toContain(tf.Conv2DBackpropFilter);
    const native = diagnosis.engines.find(({ name }) => name === "onnxruntime");
    if (native?.works) expect(native.fallbacks).toEqual({});
    expect(diagnosis).toMatchObject({ gradients: true, tfjs: tf.version_core, node: process.versions.node });
    expect(tf.getBackend()).toBe(before);
  });
});
