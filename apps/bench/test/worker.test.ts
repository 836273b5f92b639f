import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { asker } from "../src/child/ask.js";
import { rowOf } from "../src/row.js";
import { job } from "./made.js";

const odd = (name: string) => `${fileURLToPath(new URL("fixtures/odd-cases.ts", import.meta.url))}#${name}`;
const ask = asker(new AbortController().signal, 60_000);
const budget = { time: 0, steps: 3 };

describe("a fresh process", () => {
  it("measures a real case, and finds it right", async () => {
    const asked = { case: "loss/mv-hfmd", mode: "train" } as const;
    const [reference] = await ask({ kind: "digest", engine: "cpu", asked: [asked] });
    const small = job({ ...asked, batch: 4, views: 2 });
    const found = await ask({ kind: "measure", job: small, budget, expected: reference!.digest });
    expect(rowOf(small, [found], [], null)).toMatchObject({ status: "ok", engine: "wasm" });
    expect(found.samples.step).toHaveLength(3);
    found.samples.step.forEach((step, i) =>
      expect(step).toBeCloseTo(found.samples.forward[i]! + found.samples.backward[i]! + found.samples.optimizer[i]!, 2),
    );
    expect(found.rss.peak).toBeGreaterThanOrEqual(found.rss.baseline);
    expect(found.difference).toBeLessThan(1e-5);
  });

  it("tells right from wrong, in a module of the user's", async () => {
    const asked = ["right", "wrong"].map((name) => ({ case: odd(name), mode: "infer" }) as const);
    const references = await ask({ kind: "digest", engine: "cpu", asked });
    const [right, wrong] = await Promise.all(
      references.map(({ digest, ...one }) => ask({ kind: "measure", job: job(one), budget, expected: digest })),
    );
    expect(right!.invalid).toBeNull();
    expect(wrong!.invalid).toMatch("the output differs from the reference by 0.5");
  });

  it("counts the tensors left behind by every step", async () => {
    const found = await ask({ kind: "measure", job: job({ case: odd("leaky") }), budget, expected: null });
    expect(found.tensorsLeft).toBe(1);
  });

  it("answers with the reason where it cannot", async () => {
    const failing = job({ case: odd("failing"), batch: 5 });
    await expect(ask({ kind: "measure", job: failing, budget, expected: null })).rejects.toThrow(
      "does not work at batch 5",
    );
    const missing = job({ case: odd("nothing") });
    await expect(ask({ kind: "measure", job: missing, budget, expected: null })).rejects.toThrow(
      "exports no function `nothing`",
    );
  });

  it("is killed when it takes too long or nobody waits for it any more", async () => {
    const request = { kind: "measure", job: job({ case: odd("right") }), budget, expected: null } as const;
    await expect(asker(new AbortController().signal, 20)(request)).rejects.toThrow("no answer within 0 s");
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 20);
    await expect(asker(interrupt.signal, 60_000)(request)).rejects.toThrow("interrupted");
  });
});
