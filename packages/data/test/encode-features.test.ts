import { utimesSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readSafetensors, takeLock } from "@fovea/nn/node";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import {
  encodeFeatures,
  gatherBatches,
  imageSampler,
  toTensor,
  type EncodeFeaturesOptions,
  type ImageItem,
} from "../src/index.js";
import { featureFile, imageFolder } from "../src/node/index.js";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { drawn, folderOf, item, noise, plain } from "./test-images.js";

const itemsOf = (count: number) => Array.from({ length: count }, (_, i) => item(`image ${i}`, noise(5, 3, i), i % 2));

/** A network that counts the images that it has seen. */
function network() {
  const encode = vi.fn((x: tf.Tensor4D) => tf.mul(tf.sum(x, 3), 2)); // [batch, height, width]
  return { encode, seen: () => encode.mock.calls.reduce((sum, [x]) => sum + x.shape[0], 0) };
}

describeOnEngines("encodeFeatures", () => {
  it("has for each image what the network computes of it, in order, and leaves nothing behind", async () => {
    const items = itemsOf(4);
    const images = toTensor(await Promise.all(items.map(({ load }) => load())), "keras");
    const { encode } = network();
    const before = tf.memory().numTensors;
    let done = 0;
    const options = { normalization: "keras", batch: 3, onImage: () => void done++ } as const; // 3 and 1
    const { values, shape } = await encodeFeatures(items, encode, options);
    expect(tf.memory().numTensors).toBe(before);
    expect([shape, done]).toEqual([[4, 3, 5], 4]);
    assertClose(tf.tensor(values, [4, 3, 5]), encode(images));
  });
});

describe("encodeFeatures", () => {
  it("has nothing of no image", async () => {
    expect(await encodeFeatures([], tf.clone)).toEqual({ values: new Float32Array(0), shape: [0] });
  });

  it("gives what a classifier of single images trains on", async () => {
    const items = itemsOf(5);
    const features = await encodeFeatures(items, network().encode, { batch: 2 });
    const sampler = imageSampler({ labels: items.map(({ label }) => label), batch: 3 });
    const before = tf.memory().numTensors;
    const batch = await gatherBatches({ features, sampler }).batch(1);
    expect(tf.memory().numTensors).toBe(before + 2);
    const { indices } = sampler.sample(1);
    assertClose(batch.features, tf.gather(tf.tensor(features.values, [5, 3, 5]), [...indices]));
    expect(batch.features.shape).toEqual([2, 3, 5]);
    expect([...batch.labels.dataSync()]).toEqual(indices.map((i) => i % 2));
    const outside = imageSampler({ labels: Array<number>(9).fill(0), batch: 9 });
    await expect(gatherBatches({ features, sampler: outside }).batch(0)).rejects.toThrow(/asks for image \d, but/);
  });

  it("refuses features that are not one for each image, or of another shape than those before", async () => {
    await expect(encodeFeatures(itemsOf(3), (x) => tf.sum(x))).rejects.toThrow(
      "encodeFeatures: expected `encode` to give [3, …] for 3 images, got [].",
    );
    const items = [...itemsOf(2), item("wide", noise(7, 3))];
    await expect(encodeFeatures(items, network().encode, { batch: 2 })).rejects.toThrow(
      "encodeFeatures: expected `encode` to give [1, 3, 5] for 1 images, as for those before, got [1, 3, 7].",
    );
    await expect(encodeFeatures(items, tf.clone, { batch: 0 })).rejects.toThrow("`batch` must be a whole number");
  });

  it("ends at a signal, without a tensor left", async () => {
    const controller = new AbortController();
    const { encode, seen } = network();
    const before = tf.memory().numTensors;
    const onImage = () => controller.abort(new Error("enough"));
    const options = { batch: 2, onImage, signal: controller.signal };
    await expect(encodeFeatures(itemsOf(6), encode, options)).rejects.toThrow("enough");
    expect([seen(), tf.memory().numTensors]).toEqual([2, before]);
  });
});

describe("featureFile", () => {
  const at = async () => join(await folderOf({}), "cache", "features.safetensors");
  /** Encodes with a cache, and says how many images the network has seen. */
  async function run(
    path: string,
    items: readonly ImageItem[],
    options: EncodeFeaturesOptions & { key?: string } = {},
  ) {
    const { key = "a network", ...rest } = options;
    const { encode, seen } = network();
    const features = await encodeFeatures(items, encode, { batch: 2, ...rest, cache: featureFile(path, { key }) });
    return { features, seen: seen() };
  }

  it("needs a key: features of other weights could not be told from these", () => {
    for (const key of [undefined, ""])
      expect(() => featureFile("features.safetensors", { key } as { key: string })).toThrow(
        "featureFile: `key` must name the network and its weights",
      );
  });

  it("computes once: the second time the network sees nothing, and the features are the same to the bit", async () => {
    const [path, items] = [await at(), itemsOf(5)];
    const plainly = await encodeFeatures(items, network().encode, { batch: 2 });
    const before = tf.memory().numTensors;
    const first = await run(path, items);
    let told = 0;
    const second = await run(path, items, { batch: 3, onImage: () => void told++ });
    expect([first.seen, second.seen, told]).toEqual([5, 0, 5]);
    expect(first.features).toEqual(plainly);
    expect(second.features).toEqual(plainly);
    expect(tf.memory().numTensors).toBe(before);
    expect(await readdir(join(path, ".."))).toEqual(["features.safetensors"]);
    const { tensors } = await readSafetensors(path);
    expect(tensors["features"]!.shape).toEqual([5, 3, 5]);
  });

  it("computes again if the network, an image, its name, the order or the normalization is another", async () => {
    const [path, items] = [await at(), itemsOf(4)];
    const changed: [readonly ImageItem[], Parameters<typeof run>[2]?][] = [
      [items, { key: "another network" }],
      [items, { normalization: "unit" }],
      [items, { normalization: { mean: [0, 0, 0], sd: [1, 1, 1] } }],
      [items.slice(0, 3)],
      [[...items].reverse()],
      [items.with(2, item("image 2", noise(5, 3, 99)))],
      [items.with(2, item("image two", noise(5, 3, 2)))],
    ];
    for (const [others, options] of changed) {
      expect((await run(path, items)).seen).toBe(4);
      expect((await run(path, others, options)).seen).toBe(others.length);
      expect((await run(path, others, options)).seen).toBe(0);
    }
  });

  it("sees changed files and another way to decode them, without reading them again", async () => {
    const png = (color: string) => drawn(color, 8, 6).png().toBuffer();
    const root = await folderOf({ "a/1.png": await png("#102030"), "a/2.png": await png("#203040") });
    const path = await at();
    const seen = async (options = {}) => (await run(path, (await imageFolder(root, options)).items)).seen;
    const crop = (left: number) => ({ crop: () => ({ left, top: 0, width: 4, height: 3 }) });
    expect([await seen(), await seen()]).toEqual([2, 0]);
    expect([await seen({ size: 4 }), await seen({ size: 4 })]).toEqual([2, 0]);
    expect([await seen(crop(0)), await seen(crop(0)), await seen(crop(2))]).toEqual([2, 0, 2]);
    expect([await seen(), await seen()]).toEqual([2, 0]);
    const second = join(root, "a", "2.png");
    utimesSync(second, 1000, 2000);
    expect(await seen()).toBe(2);
    await writeFile(second, await drawn("#99aabb", 90, 60).resize(8, 6).png({ compressionLevel: 0 }).toBuffer());
    utimesSync(second, 1000, 2000); // another size, the same time
    expect(await seen()).toBe(2);
  });

  it("tells files apart by all that decoding depends on", async () => {
    const root = await folderOf({ "a/1.png": await drawn("#102030").png().toBuffer() });
    const decodings = [
      {},
      { size: 4 },
      { size: 4, fit: "fill" },
      { background: [1, 2, 3] },
      { profile: "ignore" },
    ] as const;
    const fingerprints = await Promise.all(
      decodings.map(async (options) => (await imageFolder(root, options)).items[0]!.fingerprint!()),
    );
    expect(new Set(fingerprints).size).toBe(decodings.length);
  });

  it("sees that all images are loaded in another way, even if their fingerprints do not say so", async () => {
    const path = await at();
    const fingerprint = () => Promise.resolve("1");
    const items = itemsOf(3).map((one) => ({ ...one, fingerprint }));
    const grey = items.map((one) => ({ ...one, load: () => Promise.resolve(plain(5, 3, [9, 9, 9])) }));
    expect([(await run(path, items)).seen, (await run(path, items)).seen, (await run(path, grey)).seen]).toEqual([
      3, 0, 3,
    ]);
    const loads = items.map(({ loads }) => loads());
    await run(path, items);
    const again = items.map(({ loads: now }, i) => now() - loads[i]!);
    await run(path, items);
    expect(again[1]).toBe(1); // encoded again after `grey`
    expect(items[1]!.loads() - loads[1]!).toBe(1); // and not looked at once it is kept
  });

  it("goes on where it was interrupted, by whatever, with the same features", async () => {
    const [path, items] = [await at(), itemsOf(9)];
    const expected = (await encodeFeatures(items, network().encode, { batch: 2 })).values;
    let count = 0;
    const stop = () => {
      if (++count === 4) throw new Error("stopped");
    };
    await expect(run(path, items, { onImage: stop })).rejects.toThrow("stopped");
    expect(await readdir(join(path, ".."))).toEqual(["features.safetensors.parts"]);
    const controller = new AbortController();
    count = 0;
    const abort = () => void (++count === 6 && controller.abort(new Error("aborted")));
    const second = run(path, items, { onImage: abort, signal: controller.signal });
    await expect(second).rejects.toThrow("aborted");
    const third = await run(path, items);
    expect(third.seen).toBe(9 - 6);
    expect(third.features.values).toEqual(expected);
    expect(await readdir(join(path, ".."))).toEqual(["features.safetensors"]);
  });

  it("does not go on with features of other inputs", async () => {
    const [path, items] = [await at(), itemsOf(6)];
    const stop = () => {
      throw new Error("stopped");
    };
    await expect(run(path, items, { onImage: stop })).rejects.toThrow("stopped");
    const { seen, features } = await run(path, items, { key: "another network" });
    expect([seen, features.shape]).toEqual([6, [6, 3, 5]]);
    await expect(run(path, [...items].reverse(), { onImage: stop })).rejects.toThrow("stopped");
    expect((await run(path, items, { key: "another network" })).seen).toBe(0); // the complete file is still there
  });

  it("keeps features as it goes, for a run that is killed", async () => {
    const [path, items] = [await at(), itemsOf(300)];
    let kept: string[] = [];
    let done = 0;
    const look = async () => (kept = await readdir(`${path}.parts`).catch(() => []));
    const { encode } = network();
    const looked: Promise<unknown>[] = [];
    const onImage = () => void (++done === 290 && looked.push(look()));
    await encodeFeatures(items, encode, { batch: 8, onImage, cache: featureFile(path, { key: "k" }) });
    await Promise.all(looked);
    expect(kept).toEqual(["0.safetensors"]); // 256 of 300
  });

  it("computes again what is damaged", async () => {
    const [path, items] = [await at(), itemsOf(4)];
    const { features } = await run(path, items);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 7));
    expect(await run(path, items)).toEqual({ features, seen: 4 });
    await writeFile(path, "no tensors");
    expect(await run(path, items)).toEqual({ features, seen: 4 });
  });

  it("lets one of several compute, and the others wait for it", async () => {
    const [path, items] = [await at(), itemsOf(5)];
    const all = await Promise.all([run(path, items), run(path, items), run(path, items)]);
    expect(all.map(({ seen }) => seen).toSorted()).toEqual([0, 0, 5]);
    expect(all[1]!.features).toEqual(all[0]!.features);
  });

  it("waits for another process's lock, until it is told not to", async () => {
    const path = join(await folderOf({}), "features.safetensors");
    const { lock } = takeLock(`${path}.lock`);
    const waiting = featureFile(path, { key: "k" }).through("inputs", () => expect.unreachable(), AbortSignal.abort());
    await expect(waiting).rejects.toThrow(/abort/i);
    lock!.release();
    expect((await run(path, itemsOf(2))).seen).toBe(2);
  });
});
