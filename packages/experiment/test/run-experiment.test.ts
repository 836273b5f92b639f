import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadWeights, type Layer } from "@fovea/nn";
import { loadCheckpoint } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runExperiment, valuesOf, waitsFor, type Experiment, type RunOptions } from "../src/index.js";
import { claim } from "../src/jobs/job-store.js";
import { decay, events, hooks, measured } from "./stripes.js";

let out: string;
let said: string[];
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "fovea-experiment-"));
  events.length = 0;
  said = [];
  vi.spyOn(console, "error").mockImplementation((line: string) => void said.push(line));
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(out, { recursive: true, force: true });
});

/** A seed whose network tells more than half of the images after one epoch. */
const BETTER_AT_ONCE = 4;

const settings = { epochs: 2, rates: [1, 2], seed: 0 };
const options = (more: Partial<RunOptions> = {}): RunOptions => ({
  ...{
    command: "run",
    seeds: 1,
    variants: ["plain", "decayed"],
    out,
    resume: false,
    typed: "demo decay",
    engine: "cpu",
  },
  ...more,
});
const run = (more: Partial<RunOptions> = {}, given = settings) => runExperiment(decay, given, options(more));

describe("run", () => {
  it("trains and tests each variant with the weights of its best epoch, and keeps rows, figures and checkpoints", async () => {
    const { results } = await run();
    const record = results!.records.find(({ id }) => id === "seed-0/decayed")!;
    const [stage] = record.stages;
    expect(stage!.best!.value).toBe(Math.max(...stage!.validation["accuracy"]!));
    expect(stage!.validation["accuracy"]![stage!.best!.epoch - 1]).toBe(stage!.best!.value);
    expect(stage!.curves["loss"]).toHaveLength(8);
    expect(record).toMatchObject({ experiment: "decay", variant: "decayed", figures: { figure: 1 }, params: 98, command: "demo decay" }); // prettier-ignore
    expect(record.settings).toEqual({ epochs: 2, seed: 0 }); // what does not decide is left out
    expect(valuesOf(results!, "decayed", { metric: "accuracy", split: "validation" })).toEqual([stage!.best!.value]);
    expect(events).toEqual(["prepare 0", "build plain", "build decayed", "dispose 0"]);
    // the tested weights are those of the checkpoint of the best epoch
    const checkpoint = await loadCheckpoint(join(out, "checkpoints/seed-0/decayed/best.safetensors"));
    expect(checkpoint.config).toMatchObject({ variant: "decayed", classes: ["horizontal", "vertical"] });
    const model = (await decay.variants[1]!.build(settings, null as never, null as never)) as Layer;
    loadWeights(model, checkpoint.weights);
    const { data } = await decay.prepare(settings, null as never);
    const tested = await measured(model, data.test);
    expect(record.test).toEqual({ measurements: [{ metric: "accuracy", value: tested.accuracy }], confusion: tested.confusion }); // prettier-ignore
    checkpoint.dispose();
    model.dispose();
  });

  it("tests the weights of the best epoch, not the last ones", async () => {
    let epochs = 0;
    hooks.onValidate = (model) => {
      if (++epochs > 1) for (const param of Object.values(model.params)) param.assign(tf.zerosLike(param));
    };
    const { results } = await run({ variants: ["plain"] }, { ...settings, seed: BETTER_AT_ONCE });
    hooks.onValidate = () => undefined;
    const { stages, test } = results!.records[0]!;
    const [first, last] = stages[0]!.validation["accuracy"]!;
    expect(last).toBe(0.5); // of weights that are all zero
    expect(first).toBeGreaterThan(0.5);
    expect(stages[0]!.best).toEqual({ epoch: 1, value: first });
    expect(test!.measurements[0]!.value).toBeGreaterThan(0.5);
  });

  it("keeps the order of the experiment's variants", async () => {
    await run({ variants: ["decayed", "plain"] });
    expect(events.filter((event) => event.startsWith("build"))).toEqual(["build plain", "build decayed"]);
  });

  it("gives the same numbers again, in the same process or after an interruption", async () => {
    const untimed = (text: string) => text.replace(/"(date|seconds)": [^\n]*|"load": \[[^\]]*\]/g, "");
    const read = async () => untimed(await readFile(join(out, "seed-0/plain.json"), "utf8"));
    await run({ variants: ["plain"] });
    const first = await read();
    await run({ variants: ["plain"] });
    expect(await read()).toBe(first);
    await rm(join(out, "seed-0"), { recursive: true });
    const stop = new AbortController();
    hooks.onValidate = () => stop.abort(new Error("stop")); // after the first of two epochs
    await expect(run({ variants: ["plain"], signal: stop.signal })).rejects.toThrow("stop");
    hooks.onValidate = () => undefined;
    expect(await readdir(join(out, "seed-0"))).toEqual([]);
    await run({ variants: ["plain"], resume: true });
    expect(await read()).toBe(first);
  });

  it("with `resume` keeps what is done; with other settings it does not count", async () => {
    await run({ variants: ["plain"] });
    const before = (await stat(join(out, "seed-0/plain.json"))).mtimeMs;
    events.length = 0;
    await run({ resume: true });
    expect(events).toEqual(["prepare 0", "build decayed", "dispose 0"]);
    expect((await stat(join(out, "seed-0/plain.json"))).mtimeMs).toBe(before);
    await expect(run({ resume: true }, { ...settings, epochs: 1 })).rejects.toThrow("is of another run");
  });

  it("leaves no tensor behind, whether it ends well or not", async () => {
    await run({ variants: ["plain"] });
    const { numTensors } = tf.memory();
    await run({ variants: ["plain"] });
    const broken = { ...decay, evaluate: () => Promise.reject(new Error("broken")) } as unknown as Experiment;
    await expect(runExperiment(broken, settings, options())).rejects.toThrow("broken");
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(events.at(-1)).toBe("dispose 0");
  });
});

it("says that a job begins when its data are ready: settings that cannot be are refused before", async () => {
  const { prepare } = decay;
  const seen: (readonly string[])[] = [];
  const watched: typeof prepare = (...given) => {
    seen.push([...said]);
    return given[0].seed === 1 ? Promise.reject(new RangeError("no such data")) : prepare(...given);
  };
  const started = runExperiment({ ...decay, prepare: watched }, settings, options({ seeds: 2, variants: ["plain"] }));
  await expect(started).rejects.toThrow("no such data");
  const first = ["[1/2] seed-0/plain"];
  expect(seen).toEqual([[], first]);
  expect(said).toEqual(first);
  expect(await readdir(join(out, "seed-1"))).toEqual([]);
});

describe("results", () => {
  const results = (more: Partial<RunOptions> = {}) => run({ command: "results", resume: true, seeds: 2, ...more });

  it("adds the sweeps, those that follow from others too, and keeps no checkpoint", async () => {
    const { results: found } = await results();
    expect(found!.records.map(({ id }) => id)).toEqual([
      ...["seed-0/plain", "seed-0/decayed", "seed-1/plain", "seed-1/decayed", "epochs/0", "epochs/1", "seed-0/chosen"],
    ]);
    expect(found!.records.filter(({ test }) => !test).map(({ id }) => id)).toEqual(["epochs/0", "epochs/1"]);
    expect(valuesOf(found!, "decayed", { metric: "accuracy" })).toHaveLength(2); // the chosen one is no variant's
    expect(valuesOf(found!, "decayed", { metric: "accuracy", sweep: "chosen" })).toHaveLength(1);
    expect(events.filter((event) => event.startsWith("prepare"))).toEqual(["prepare 0", "prepare 1", "prepare 0"]);
    expect(found!.records[0]).not.toHaveProperty("figures");
    expect(await readdir(join(out, "checkpoints", "seed-0"))).toEqual([]);
  });

  it("does a part of the work, leaves a part to others, and waits for what is missing", async () => {
    const { missing } = await results({ only: "seed-1" });
    expect(waitsFor(missing)).toBe("The report waits for 4 runs: seed-0/plain, seed-0/decayed, epochs/0 and others.");
    const release = claim(out, { id: "seed-0/plain" });
    expect((await results()).missing).toEqual(["seed-0/plain"]);
    expect(said).toContainEqual(expect.stringContaining("seed-0/plain is left to the process named in"));
    release!();
    await writeFile(join(out, "seed-0/plain.claim"), "999999999"); // of a process that was killed
    expect((await results()).missing).toEqual([]);
  });

  it("says which runs and variants there are", async () => {
    await expect(results({ only: "seed-9" })).rejects.toThrow(
      "decay: no run starts with `seed-9`; there are seed-0/plain, ",
    );
    await expect(results({ variants: ["best"] })).rejects.toThrow(
      "decay: no variant `best`; there are plain, decayed.",
    );
  });
});
