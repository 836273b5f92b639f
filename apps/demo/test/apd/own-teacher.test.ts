import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultsOf } from "@fovea/experiment";
import { weightsOf } from "@fovea/nn";
import { loadCheckpoint, saveCheckpoint } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { prepare } from "../../src/apd/data.js";
import { settings as spec, type Settings } from "../../src/apd/settings.js";
import { ownFolder } from "./own-folder.js";

let root: string;
let folder: string;
let checkpoint: string;
let settings: Settings;
const contextOf = (name: string) =>
  ({ command: "run", out: join(root, name), resume: false, variants: ["apd"] }) as const;

beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  root = await mkdtemp(join(tmpdir(), "fovea-own-teacher-"));
  folder = await ownFolder(join(root, "own"));
  const small = { size: 33, teacher: "resnet", teacherWidth: 2, width: 2, dim: 8, batch: 3, teacherEpochs: 1 };
  settings = { ...defaultsOf(spec), ...small, data: `folder:${folder}` };
  const earlier = await prepare(settings, contextOf("earlier"));
  await earlier.data.teacher();
  await earlier.dispose?.();
  const teachers = join(root, "earlier", "teacher", "seed-0");
  checkpoint = join(teachers, (await readdir(teachers))[0]!, "best.safetensors");
}, 60_000);
beforeEach(() => writeFile(join(folder, "classes.txt"), "night\nday\n"));
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

const prepared = (teacher: string) => prepare({ ...settings, teacher, teacherWidth: 9 }, contextOf("later"));

it("is the network of an earlier run, of whatever width, and is not trained again", async () => {
  const before = tf.memory().numTensors;
  const { data, summary, dispose } = await prepared(checkpoint);
  const { model, stage, settings: own } = await data.teacher();
  const { weights, dispose: free } = await loadCheckpoint(checkpoint);
  for (const [key, value] of Object.entries(weightsOf(model)))
    expect([...value.dataSync()]).toEqual([...weights[key]!.dataSync()]);
  expect([stage, own.width, summary.sources]).toEqual([undefined, 2, []]);
  free();
  await dispose?.();
  expect(tf.memory().numTensors).toBe(before);
});

/** The checkpoint with something changed. */
async function changed(name: string, change: (config: Record<string, unknown>) => object): Promise<string> {
  const { config, variables, step, batches, settings, history, dispose } = await loadCheckpoint(checkpoint);
  const path = join(root, `${name}.safetensors`);
  const other = change(config as Record<string, unknown>);
  await saveCheckpoint(path, { step, batches, settings, history, variables, config: other });
  dispose();
  return path;
}
const withSettings = (more: Partial<Settings>) => (config: Record<string, unknown>) => ({
  ...config,
  settings: { ...(config["settings"] as Settings), ...more },
});

describe("a teacher is refused before anything is written,", () => {
  it.each<[string, () => Promise<string> | string, string]>([
    [
      "that is neither an encoder nor a file",
      () => "resnext",
      "expected `--teacher` to be imagenet, resnet or a checkpoint of apd, got `resnext`.",
    ],
    [
      "of other classes",
      () => changed("classes", (config) => ({ ...config, classes: ["day", "night"] })),
      "expected a teacher of the classes night, day, in this order, got",
    ],
    [
      "of more classes",
      () => changed("more", (config) => ({ ...config, classes: ["night", "day", "dusk"] })),
      "classifier.4.weight: expected float32 [1, 1, 8, 3], got float32 [1, 1, 8, 2]",
    ],
    [
      "of another system",
      () => changed("system", () => ({ experiment: "mcloss", variant: "mc" })),
      "is of no variant of apd, but of `mcloss mc`",
    ],
    [
      "of another decoder",
      () => changed("decoder", withSettings({ dim: 9 })),
      "classifier.0.weight: expected float32 [3, 3, 32, 9], got float32 [3, 3, 32, 8]",
    ],
    [
      "of another encoder",
      () => changed("encoder", withSettings({ teacherWidth: 3 })),
      "backbone.conv1.weight: expected float32 [7, 7, 3, 3], got float32 [7, 7, 3, 2]",
    ],
  ])("%s", async (_, path, message) => {
    const before = tf.memory().numTensors;
    await expect(prepared(await path())).rejects.toThrow(message);
    await expect(prepared(await path())).rejects.toThrow(/^apd: /);
    expect(tf.memory().numTensors).toBe(before);
    await expect(readdir(join(root, "later"))).rejects.toThrow("ENOENT");
  });

  it("of one's own data that now have one class more", async () => {
    await writeFile(join(folder, "classes.txt"), "night\nday\ndusk\n");
    await expect(prepared(checkpoint)).rejects.toThrow(
      `apd: expected a teacher of the classes night, day, dusk, in this order, got ${checkpoint}, which knows night, day.`,
    );
  });
});
