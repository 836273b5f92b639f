import { useEngine, engines, type EngineName } from "@fovea/engine";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";

const asked = process.env["FOVEA_ENGINE"];

afterEach(async () => {
  if (asked === undefined) delete process.env["FOVEA_ENGINE"];
  else process.env["FOVEA_ENGINE"] = asked;
  await tf.setBackend("wasm");
});

const installed = async (name: EngineName) =>
  engines.find((engine) => engine.name === name)!.load().then(() => true, () => false); // prettier-ignore

describe("useEngine", () => {
  it("takes the first that works, and says why it did not take those before", async () => {
    delete process.env["FOVEA_ENGINE"];
    const { engine, passedOver } = await useEngine();
    const names = engines.filter(({ experimental }) => !experimental).map(({ name }) => name);
    const before = names.slice(0, names.indexOf(engine));
    expect(passedOver.map((e) => e.engine)).toEqual(before);
    for (const { reason } of passedOver) expect(reason).not.toBe("");
    expect(tf.getBackend()).toBe(engine);
  });

  it("takes the one asked for, the argument before the environment", async () => {
    process.env["FOVEA_ENGINE"] = "cpu";
    expect((await useEngine()).engine).toBe("cpu");
    expect(tf.getBackend()).toBe("cpu");
    expect(await useEngine("wasm")).toEqual({ engine: "wasm", passedOver: [] });
    expect(tf.getBackend()).toBe("wasm");
  });

  it("refuses a number of threads that is none, and passes no engine over for it", async () => {
    vi.stubEnv("FOVEA_THREADS", "two");
    await expect(useEngine()).rejects.toThrow(
      'useEngine: FOVEA_THREADS must be a whole number of at least 1, got "two".',
    );
    vi.unstubAllEnvs();
  });

  it("names the engines there are when asked for another", async () => {
    const expected = 'useEngine: expected one of tensorflow, onnxruntime, wasm, webgpu, cpu, got "gpu"';
    await expect(useEngine("gpu" as EngineName)).rejects.toThrow(new RangeError(`${expected}.`));
    process.env["FOVEA_ENGINE"] = "gpu";
    await expect(useEngine()).rejects.toThrow(new RangeError(`${expected} (from FOVEA_ENGINE).`));
  });

  it("does not take another than the one asked for, but says what would make it work", async (test) => {
    if (await installed("tensorflow")) test.skip();
    await tf.setBackend("cpu");
    await expect(useEngine("tensorflow")).rejects.toThrow(
      "useEngine: `tensorflow` does not work: @tensorflow/tfjs-node-gpu and @tensorflow/tfjs-node are not installed. " +
        "Remedy: npm install @tensorflow/tfjs-node@4.22.0",
    );
    expect(tf.getBackend()).toBe("cpu");
  });

  it("does not take webgpu unasked, and says what asking for it needs", async (test) => {
    expect(engines.filter(({ experimental }) => experimental).map(({ name }) => name)).toEqual(["webgpu"]);
    if (await installed("webgpu")) test.skip();
    await tf.setBackend("cpu");
    await expect(useEngine("webgpu")).rejects.toThrow(
      /^useEngine: `webgpu` does not work: .+ Remedy: npm install webgpu@/,
    );
    expect(tf.getBackend()).toBe("cpu");
  });

  it("registers gradients", async () => {
    await useEngine("wasm");
    const x = tf.scalar(3);
    expect(
      tf
        .grad((y) => tf.square(y))(x)
        .dataSync()[0],
    ).toBe(6);
  });

  it("may be called again: the kernels are put in place once", async () => {
    await useEngine("wasm");
    const kernel = tf.getKernel(tf.BatchMatMul, "wasm");
    await useEngine("wasm");
    expect(tf.getKernel(tf.BatchMatMul, "wasm")).toBe(kernel);
  });
});
