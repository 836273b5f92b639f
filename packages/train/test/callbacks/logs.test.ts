import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32c } from "@aws-crypto/crc32c";
import protobuf from "protobufjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { constant, evaluate, fit, sgd, type Callback } from "../../src/index.js";
import { checkpointFolder, csvLog, jsonlLog, tensorboard } from "../../src/node/index.js";
import { tfRecord } from "../../src/node/tensorboard/record.js";
import { run } from "../checkpoint/run.js";
import { holder, nothing } from "../support.js";
import * as tf from "@tensorflow/tfjs-core";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "fovea-train-"))));
afterEach(() => rmSync(dir, { recursive: true }));

const accuracy = evaluate({ every: 2, run: (epoch) => ({ accuracy: epoch / 10 }) });

/** Three epochs of two steps; the loss is w + 0.1 s, w falls by 1. */
async function train(callbacks: readonly Callback[]): Promise<void> {
  const module = holder({ w: [10] });
  const loss = ({ x }: { x: tf.Tensor }) => {
    const total = tf.add(tf.sum(module.params["w"]!), tf.mul(x, 0.1));
    return { total, terms: { 'odd, "name"': total } };
  };
  await fit({ module, loss, batches: nothing(2), epochs: 3, optimizer: sgd(), schedule: constant(1), callbacks });
  module.dispose();
}

describe("csvLog", () => {
  it("has a row a step, in the shortest digits that are the float", async () => {
    const path = join(dir, "deep/steps.csv");
    await train([csvLog(path)]);
    expect(readFileSync(path, "utf8").split("\n").slice(0, 4)).toEqual([
      'step,loss,"loss/odd, ""name""",learningRate,gradientNorm',
      "0,10,10,1,1",
      "1,9.1,9.1,1,1",
      "2,8.2,8.2,1,1",
    ]);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(8); // 6 steps, the header, and the end of the last line
  });

  it("has a row an epoch, and grows columns that come late", async () => {
    const path = join(dir, "epochs.csv");
    await train([accuracy, csvLog(path, { rows: "epochs" })]);
    const rows = readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((row) => row.split(","));
    expect(rows[0]!.slice(0, 3)).toEqual(["epoch", "steps", "loss"]);
    expect(rows[0]!.at(-1)).toBe("accuracy");
    expect(rows.slice(1).map((row) => [row[0], row[1], row.at(-1)])).toEqual([
      ["0", "2", ""],
      ["1", "4", "0.1"],
      ["2", "6", "0.2"],
    ]);
  });
});

it("jsonlLog has a line a step and a line an epoch, in the order they came", async () => {
  const path = join(dir, "run.jsonl");
  await train([accuracy, jsonlLog(path)]);
  const lines = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map((line) => line["step"] ?? `epoch ${String(line["epoch"])}`)).toEqual([
    0,
    1,
    "epoch 0",
    2,
    3,
    "epoch 1",
    4,
    5,
    "epoch 2",
  ]);
  expect(lines[1]).toMatchObject({ loss: 9.1, learningRate: 1 });
  expect(lines[5]).toMatchObject({ epoch: 1, steps: 4, metrics: { accuracy: 0.1 } });
});

it("logs of a run that was cut off and resumed have each step once, whatever the cut left", async () => {
  const log = (name: string) => ["steps.csv", "epochs.csv", "run.jsonl"].map((file) => join(dir, name, file));
  const callbacks = (name: string) => {
    const [steps, epochs, lines] = log(name) as [string, string, string];
    return [csvLog(steps), csvLog(epochs, { rows: "epochs" }), jsonlLog(lines)];
  };
  await run({ callbacks: callbacks("whole") });
  const cut: Callback = {
    onStep: ({ step }) => {
      if (step === 5) throw new Error("power");
    },
  };
  const options = { checkpoint: checkpointFolder({ dir: join(dir, "checkpoints"), every: 4, keep: 9 }) };
  await expect(run({ ...options, callbacks: [...callbacks("cut"), cut] })).rejects.toThrow("power");
  for (const path of log("cut")) writeFileSync(path, readFileSync(path, "utf8") + '6,0.1,"half a li');
  await run({ ...options, callbacks: callbacks("cut"), resume: join(dir, "checkpoints/step-00000004.safetensors") });
  for (const i of [0, 1, 2]) expect(readFileSync(log("cut")[i]!, "utf8")).toBe(readFileSync(log("whole")[i]!, "utf8"));
});

describe("tensorboard", () => {
  interface Event {
    readonly wallTime: number;
    readonly step?: string;
    readonly fileVersion?: string;
    readonly summary?: { readonly value: readonly { readonly tag: string; readonly simpleValue: number }[] };
    readonly sessionLog?: { readonly status: string };
  }

  // The same messages from their published text, so that not only our own descriptors read what they wrote.
  const { root } = protobuf.parse(`syntax = "proto3";
    message Event { double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; bytes graph_def = 4;
      Summary summary = 5; SessionLog session_log = 7; } }
    message SessionLog { enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
      SessionStatus status = 1; string checkpoint_path = 2; string msg = 3; }
    message Summary { message Value { string node_name = 7; string tag = 1; oneof value { float simple_value = 2; } }
      repeated Value value = 1; }`);
  const Message = root.lookupType("Event");

  /** Reads records as the format's description has it, checking every byte of the frame. */
  function read(path: string): Event[] {
    const bytes = readFileSync(path);
    const mask = (crc: number) => Number(((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) + 0xa282ead8n) % 2 ** 32;
    const events: Event[] = [];
    let at = 0;
    while (at < bytes.length) {
      const length = Number(bytes.readBigUInt64LE(at));
      const data = bytes.subarray(at + 12, at + 12 + length);
      expect(bytes.readUInt32LE(at + 8)).toBe(mask(crc32c(bytes.subarray(at, at + 8))) % 2 ** 32);
      expect(bytes.readUInt32LE(at + 12 + length)).toBe(mask(crc32c(data)) % 2 ** 32);
      events.push(Message.toObject(Message.decode(data), { longs: String, enums: String }) as Event);
      at += 16 + length;
    }
    expect(at).toBe(bytes.length);
    return events;
  }

  const scalars = (events: readonly Event[], tag: string) =>
    events.flatMap(
      ({ step, summary }) =>
        summary?.value
          .filter((value) => value.tag === tag)
          .map(({ simpleValue }) => [Number(step ?? 0), simpleValue]) ?? [],
    );

  it("frames records as TFRecords: a known one, byte by byte", () => {
    // crc32c("123456789") is e3069283: the check value of its entry in the catalogue of crcs
    const record = Buffer.from(tfRecord(new TextEncoder().encode("123456789")));
    expect(record).toHaveLength(25);
    expect(record.readBigUInt64LE(0)).toBe(9n);
    expect(record.subarray(12, 21).toString()).toBe("123456789");
    const crc = 0xe3069283;
    expect(record.readUInt32LE(21)).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  });

  it("writes the version, then each step's and each epoch's scalars", async () => {
    await train([accuracy, tensorboard(dir)]);
    const [file] = readdirSync(dir);
    expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\./);
    const events = read(join(dir, file!));
    expect(events[0]).toMatchObject({ fileVersion: "brain.Event:2" });
    expect(Math.abs(events[0]!.wallTime - Date.now() / 1000)).toBeLessThan(60);
    expect(scalars(events, "loss").map(([step, value]) => [step, Math.fround(value!)])).toEqual(
      [10, 9.1, 8.2, 7.3, 6.4, 5.5].map((value, step) => [step, Math.fround(value)]),
    );
    expect(scalars(events, "epoch/accuracy").map(([step]) => step)).toEqual([3, 5]);
  });

  it("writes zeros, which are numbers too", async () => {
    await train([evaluate({ run: () => ({ accuracy: 0 }) }), tensorboard(dir)]);
    expect(scalars(read(join(dir, readdirSync(dir)[0]!)), "epoch/accuracy")).toEqual([
      [1, 0],
      [3, 0],
      [5, 0],
    ]);
  });

  it("of a resumed run tells the reader from which step on to forget", async () => {
    const checkpoint = checkpointFolder({ dir: join(dir, "checkpoints"), every: 1000 });
    const logs = join(dir, "logs");
    const controller = new AbortController();
    const stop: Callback = { onStep: ({ step }) => void (step === 3 && controller.abort()) };
    await run({ checkpoint, callbacks: [tensorboard(logs), stop], signal: controller.signal });
    await run({ checkpoint, callbacks: [tensorboard(logs)], resume: true });
    const [first, second] = readdirSync(logs)
      .sort()
      .map((file) => read(join(logs, file)));
    expect(scalars(first!, "loss").map(([step]) => step)).toEqual([0, 1, 2, 3]);
    expect(second![1]).toMatchObject({ step: "4", sessionLog: { status: "START" } });
    expect(scalars(second!, "loss").map(([step]) => step)).toEqual([4, 5, 6, 7]);
    expect(existsSync(join(dir, "checkpoints"))).toBe(true);
  });
});
