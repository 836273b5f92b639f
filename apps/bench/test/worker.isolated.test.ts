import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { workerClient } from "../src/worker/client.js";
import type { Observation } from "../src/worker/protocol.js";
import { rowOf } from "../src/row.js";
import { NO_TIMEOUT } from "./fixtures/bench.js";
import { job } from "./fixtures/rows.js";

const odd = (name: string) => `${fileURLToPath(new URL("fixtures/odd-cases.ts", import.meta.url))}#${name}`;
const limits = { signal: new AbortController().signal, timeout: 2 ** 31 - 1 };
const send = workerClient(limits);
const budget = { time: 0, steps: 3 };

describe("a fresh process", NO_TIMEOUT, () => {
  it("measures a real case, and finds it right", async () => {
    const key = { case: "loss/mv-hfmd", mode: "train" } as const;
    const [reference] = await send({ kind: "checksums", engine: "cpu", keys: [key] });
    const small = job({ ...key, batch: 4, views: 2 });
    const found = await send({ kind: "measure", job: small, budget, expected: reference!.checksums });
    expect(rowOf(small, [found], [], null)).toMatchObject({ status: "ok", engine: "wasm" });
    expect(found.samples.step).toHaveLength(3);
    found.samples.step.forEach((step, i) =>
      expect(step).toBeCloseTo(found.samples.forward[i]! + found.samples.backward[i]! + found.samples.optimizer[i]!, 2),
    );
    expect(found.rss.peak).toBeGreaterThanOrEqual(found.rss.baseline);
    expect(found.difference).toBeLessThan(1e-5);
  });

  it("measures a compiled step with as many threads as asked, and finds it right", async () => {
    const key = { case: "loss/mv-hfmd", mode: "train" } as const;
    const [reference] = await send({ kind: "checksums", engine: "cpu", keys: [key] });
    const small = job({ ...key, batch: 4, views: 2, engine: "onnxruntime-compiled", threads: 1 });
    const found = await send({ kind: "measure", job: small, budget, expected: reference!.checksums });
    expect(rowOf(small, [found], [], null)).toMatchObject({ status: "ok", engine: "onnxruntime-compiled", threads: 1 });
    expect(found.library).toMatch(/^tfjs [\d.]+ on ONNX Runtime [\d.]+, whose waiting threads spin for \d+ µs$/);
    expect(found.samples.forward).toEqual(found.samples.step);
    expect(found.difference).toBeLessThan(1e-5);
  });

  it("says which line cannot be compiled", async () => {
    const reading = job({ case: odd("reading"), engine: "onnxruntime-compiled" });
    await expect(send({ kind: "measure", job: reading, budget, expected: null })).rejects.toThrow(/odd-cases\.ts:\d+/);
  });

  it("tells right from wrong, in a module of the user's", async () => {
    const keys = ["right", "wrong"].map((name) => ({ case: odd(name), mode: "infer" }) as const);
    const references = await send({ kind: "checksums", engine: "cpu", keys });
    const found: Observation[] = [];
    for (const { checksums: expected, case: name } of references)
      // one process at a time
      found.push(await send({ kind: "measure", job: job({ case: name }), budget, expected }));
    expect(found[0]!.invalid).toBeNull();
    expect(found[1]!.invalid).toMatch("the output differs from the reference by 0.5");
  });

  it("counts the tensors left behind by every step, and takes no step after the longest time", async () => {
    const endless = { time: 0, steps: 1e9, maxTime: 50 };
    const found = await send({ kind: "measure", job: job({ case: odd("leaky") }), budget: endless, expected: null });
    expect(found.tensorsLeft).toBe(1);
  });

  it("answers with the reason where it cannot", async () => {
    const failing = job({ case: odd("failing"), batch: 5 });
    await expect(send({ kind: "measure", job: failing, budget, expected: null })).rejects.toThrow(
      "does not work at batch 5",
    );
    const missing = job({ case: odd("nothing") });
    await expect(send({ kind: "measure", job: missing, budget, expected: null })).rejects.toThrow(
      "exports no function `nothing`",
    );
  });

  it("is killed when it takes too long or is interrupted", async () => {
    const request = { kind: "measure", job: job({ case: odd("right") }), budget, expected: null } as const;
    await expect(workerClient({ ...limits, timeout: 20 })(request)).rejects.toThrow("no answer within 0 s");
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 20);
    await expect(workerClient({ ...limits, signal: interrupt.signal })(request)).rejects.toThrow("interrupted");
  });
});
