import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, type TestContext } from "vitest";
import { BadInput } from "../src/bad-input.js";
import { cases } from "../src/cases/all.js";
import { workerClient } from "../src/worker/client.js";
import type { Snapshot } from "../src/worker/protocol.js";
import { measureInPyTorch } from "../src/peer/pytorch.js";
import { findPython, type Python } from "../src/peer/python.js";
import { snapshots } from "../src/peer/snapshots.js";
import type { Job, LocalRunner } from "../src/job.js";
import { rowOf } from "../src/row.js";
import { bench, benchIn, NO_TIMEOUT } from "./fixtures/bench.js";
import { job } from "./fixtures/rows.js";

const table = fileURLToPath(new URL("../peer/cases.py", import.meta.url));

describe("the tables", () => {
  it("name the same cases in TypeScript and in Python", () => {
    const text = readFileSync(table, "utf8").split("CASES = {")[1]!;
    const there = [...text.matchAll(/"([^"]+)":/g)].map(([, name]) => name);
    expect(there).toEqual(expect.arrayContaining(cases.filter(({ peer }) => peer).map(({ name }) => name)));
    expect(there).toHaveLength(cases.filter(({ peer }) => peer).length);
  });
});

describe("findPython", NO_TIMEOUT, () => {
  it.each([
    ["no-such-python", "cannot be run"],
    ["false", "ends with code 1"],
  ])("says in one sentence how to make %s work", (command, reason) => {
    expect(() => findPython(command)).toThrow(BadInput);
    expect(() => findPython(command)).toThrow(
      `\`${command}\` is none (${reason}): \`${command} -m pip install torch==2.13.0\`, or name another by --python or FOVEA_PYTHON.`,
    );
  });

  it("is not needed for the published steps of the engines alone", () => {
    const [folder, page] = [mkdtempSync(join(tmpdir(), "fovea-bench-")), "page.md"];
    const sizes = ["--batch", "1", "--mode", "infer", "--engine", "wasm", "-o", "1", "--md", join(folder, page)];
    const env = { ...process.env, PATH: "", FOVEA_PYTHON: "" };
    const { status, stderr } = benchIn(env, "peer", "--published", "model/mv-hfmd", ...sizes);
    expect([status, stderr]).toEqual([0, expect.stringContaining("PyTorch is left out: the peer is a Python with")]);
    expect(readFileSync(join(folder, page), "utf8")).toContain("There was no PyTorch on the machine");
  });

  it("makes `bench peer` end with exit code 2, before anything is computed", () => {
    const { status, stdout, stderr } = bench("peer", "--python", "no-such-python");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^bench: the peer is a Python with PyTorch, .*\n$/);
  });
});

const python: Python | string = (() => {
  try {
    return findPython();
  } catch (error) {
    return (error as Error).message;
  }
})();

describe("PyTorch", NO_TIMEOUT, () => {
  const limits = { signal: new AbortController().signal, timeout: 2 ** 31 - 1 };
  const send = workerClient(limits);
  const folder = mkdtempSync(join(tmpdir(), "fovea-snapshots-"));

  /** What PyTorch finds for a job, given what the engine found for it, changed. */
  async function peerOf(
    change: Parameters<typeof job>[0],
    { skip }: TestContext,
    falsify = (snapshot: Snapshot) => snapshot,
    engine: LocalRunner = "wasm",
  ) {
    if (typeof python === "string") return skip(python);
    const own = job({ engine: "pytorch", mode: "train", threads: 1, ...change });
    const known = await snapshots([{ ...own, engine }, own], send, folder);
    const snapshot = falsify(known(own).snapshot!);
    const options = { ...limits, python, snapshotOf: () => ({ snapshot, error: null }) };
    return rowOf(own, [await measureInPyTorch(own, { time: 0, steps: 2 }, options)], [], null);
  }

  /** `gates`: how far gradients may be, where many a ReLU is near its gate. */
  type Tried = Partial<Job> & { readonly gates?: number };

  it.for<Tried>([
    { case: "op/matmul", batch: 3 },
    { case: "op/conv-3x3", batch: 2, image: 5 },
    { case: "op/conv-3x3-dx", mode: "infer", batch: 2, image: 5 },
    { case: "op/conv-3x3-dw", mode: "infer", batch: 2, image: 5 },
    { case: "layer/lstm", batch: 20 },
    { case: "layer/lstm", batch: 20, mode: "infer" },
    { case: "layer/pma-stage", batch: 3 },
    { case: "backbone/resnet-18-224", batch: 1, image: 64, mode: "infer" },
    { case: "backbone/mobilenet-v2-224", batch: 1, image: 65, mode: "infer" },
    { case: "backbone/vgg16-bn-224", batch: 1, image: 32, mode: "infer" },
    { case: "loss/cross-entropy", batch: 5 },
    { case: "loss/mc", batch: 2 },
    { case: "loss/mc-2048", batch: 2 },
    { case: "loss/mc", batch: 2, mode: "infer" },
    { case: "model/resnet-18", batch: 4, image: 64, gates: 5e-2 },
    { case: "model/mc-resnet-18", batch: 6, image: 64, gates: 5e-2 },
    { case: "model/psp-resnet-18", batch: 1, image: 33, mode: "infer" },
    { case: "model/mv-hfmd", batch: 2, views: 2, image: 32 },
    { case: "model/mv-hfmd", batch: 2, views: 1, image: 40, mode: "infer" },
    { case: "model/pma", batch: 4, image: 128, gates: 5e-2 },
    { case: "model/pma", batch: 4, image: 128, mode: "infer" },
  ])("computes the same as the engine: $case", async ({ gates = 1e-3, ...change }, context) => {
    const { status, notes, observations, stats } = await peerOf(change, context);
    expect([status, notes]).toEqual(["ok", []]);
    expect(observations[0]!.valueDifference).toBeLessThan(1e-5);
    expect(observations[0]!.difference).toBeLessThan(gates); // 1.6e-3 if a teacher learns from its student
    expect(stats!.steps).toBe(2);
  });

  it.for<Tried>([
    { case: "op/matmul", batch: 3 },
    { case: "backbone/mobilenet-v2-224", batch: 1, image: 64, mode: "infer" },
    { case: "model/resnet-18", batch: 4, image: 64, gates: 5e-2 },
    { case: "model/psp-resnet-18", batch: 4, image: 41, gates: 5e-2 },
    { case: "model/mv-hfmd", batch: 2, views: 2, image: 32, gates: 5e-2 },
  ])("computes the same as the compiled step: $case", async ({ gates = 1e-3, ...change }, context) => {
    const { status, notes, observations } = await peerOf(change, context, undefined, "onnxruntime-compiled");
    expect([status, notes]).toEqual(["ok", []]);
    expect(observations[0]!.valueDifference).toBeLessThan(1e-5);
    expect(observations[0]!.difference).toBeLessThan(gates);
  });

  it("is INVALID if the value is another", async (context) => {
    const other = ([value, ...rest]: Snapshot["checksums"]) => [{ ...value!, norm: 1.01 * value!.norm }, ...rest];
    const falsify = (snapshot: Snapshot) => ({ ...snapshot, checksums: other(snapshot.checksums) });
    const row = await peerOf({ case: "op/matmul", batch: 3 }, context, falsify);
    expect([row.status, row.notes[0]]).toEqual([
      "INVALID",
      expect.stringMatching("the loss differs from the reference"),
    ]);
  });

  it("is INVALID if it has more weights, or fewer", async (context) => {
    const row = await peerOf({ case: "op/matmul", batch: 3 }, context, (snapshot) => ({ ...snapshot, params: 1 }));
    expect([row.status, row.notes[0]]).toEqual(["INVALID", "0 weights instead of 1"]);
  });

  it("answers with the reason where it cannot", async (context) => {
    const bare = (snapshot: Snapshot) => ({ ...snapshot, file: `${snapshot.file}.none` });
    await expect(peerOf({ case: "op/matmul", batch: 3 }, context, bare)).rejects.toThrow("FileNotFoundError");
  });
});
