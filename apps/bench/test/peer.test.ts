import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, type TestContext } from "vitest";
import { BadInput } from "../src/bad-input.js";
import { cases } from "../src/cases/all.js";
import { asker } from "../src/child/ask.js";
import type { Twin } from "../src/child/protocol.js";
import { askPeer } from "../src/peer/ask-peer.js";
import { findPython, type Python } from "../src/peer/python.js";
import { twins } from "../src/peer/twins.js";
import type { Job } from "../src/job.js";
import { rowOf } from "../src/row.js";
import { job } from "./made.js";

const bench = fileURLToPath(new URL("../", import.meta.url));

describe("the tables", () => {
  it("name the same cases in TypeScript and in Python", () => {
    const table = readFileSync(join(bench, "peer/cases.py"), "utf8").split("CASES = {")[1]!;
    const there = [...table.matchAll(/"([^"]+)":/g)].map(([, name]) => name);
    expect(there).toEqual(expect.arrayContaining(cases.filter(({ twin }) => twin).map(({ name }) => name)));
    expect(there).toHaveLength(cases.filter(({ twin }) => twin).length);
  });
});

describe("findPython", () => {
  it.each([
    ["no-such-python", "cannot be run"],
    ["false", "ends with code 1"],
  ])("says in one sentence how to make %s work", (command, reason) => {
    expect(() => findPython(command)).toThrow(BadInput);
    expect(() => findPython(command)).toThrow(
      `\`${command}\` is none (${reason}): \`${command} -m pip install torch==2.13.0\`, or name another by --python or FOVEA_PYTHON.`,
    );
  });

  it("makes `bench peer` end with exit code 2, before anything is computed", () => {
    const args = ["--conditions=@fovea/source", "--import", "tsx", join(bench, "src/cli.ts"), "peer"];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args, "--python", "no-such-python"], {
      encoding: "utf8",
    });
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

describe("PyTorch", () => {
  const { signal } = new AbortController();
  const ask = asker(signal, 60_000);
  const folder = mkdtempSync(join(tmpdir(), "fovea-twins-"));

  /** What PyTorch finds for a job, given what the engine found for it, changed. */
  async function peerOf(change: Parameters<typeof job>[0], { skip }: TestContext, falsify = (twin: Twin) => twin) {
    if (typeof python === "string") return skip(python);
    const asked = job({ engine: "pytorch", mode: "train", ...change });
    const known = await twins([{ ...asked, engine: "wasm" }, asked], ask, folder);
    const twin = falsify(known(asked).twin!);
    const options = { python, threads: 1, signal, timeout: 60_000, twins: () => ({ twin, error: null }) };
    const request = { kind: "measure", job: asked, budget: { time: 0, steps: 2 }, expected: null } as const;
    return rowOf(asked, [await askPeer(request, options)], [], null);
  }

  /** `gates`: how far gradients may be, where many a ReLU is near its gate. */
  type Tried = Partial<Job> & { readonly gates?: number };

  it.for<Tried>([
    { case: "op/matmul", batch: 3 },
    { case: "op/conv-3x3", batch: 2, image: 5 },
    { case: "op/conv-3x3-dx", mode: "infer", batch: 2, image: 5 },
    { case: "op/conv-3x3-dw", mode: "infer", batch: 2, image: 5 },
    { case: "loss/cross-entropy", batch: 5 },
    { case: "loss/mc", batch: 2 },
    { case: "loss/mc-2048", batch: 2 },
    { case: "loss/mc", batch: 2, mode: "infer" },
    { case: "model/resnet-18", batch: 4, image: 64, gates: 5e-2 },
    { case: "model/mc-resnet-18", batch: 6, image: 64, gates: 5e-2 },
    { case: "model/mv-hfmd", batch: 2, views: 2, image: 32 },
    { case: "model/mv-hfmd", batch: 2, views: 1, image: 40, mode: "infer" },
  ])("computes the same as the engine: $case", async ({ gates = 1e-3, ...change }, context) => {
    const { status, notes, observations, stats } = await peerOf(change, context);
    expect([status, notes]).toEqual(["ok", []]);
    expect(observations[0]!.valueDifference).toBeLessThan(1e-5);
    expect(observations[0]!.difference).toBeLessThan(gates); // 1.6e-3 if a teacher learns from its student
    expect(stats!.steps).toBe(2);
  });

  it("is INVALID if the value is another", async (context) => {
    const other = ([value, ...rest]: Twin["digest"]) => [{ ...value!, norm: 1.01 * value!.norm }, ...rest];
    const falsify = (twin: Twin) => ({ ...twin, digest: other(twin.digest) });
    const row = await peerOf({ case: "op/matmul", batch: 3 }, context, falsify);
    expect([row.status, row.notes[0]]).toEqual([
      "INVALID",
      expect.stringMatching("the loss differs from the reference"),
    ]);
  });

  it("is INVALID if it has more weights, or fewer", async (context) => {
    const row = await peerOf({ case: "op/matmul", batch: 3 }, context, (twin) => ({ ...twin, params: 1 }));
    expect([row.status, row.notes[0]]).toEqual(["INVALID", "0 weights instead of 1"]);
  });

  it("answers with the reason where it cannot", async (context) => {
    const bare = (twin: Twin) => ({ ...twin, file: `${twin.file}.none` });
    await expect(peerOf({ case: "op/matmul", batch: 3 }, context, bare)).rejects.toThrow("FileNotFoundError");
  });
});
