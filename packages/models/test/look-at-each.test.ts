import { rng, trainingContext, type LargeImage } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { lookAtEach, zoomInClassifier } from "../src/index.js";

/** Looks at `bad` in vain. */
const lookBut =
  (...bad: readonly string[]) =>
  (name: string) =>
    bad.includes(name) ? Promise.reject(new Error("bad sector")) : Promise.resolve(name.toUpperCase());
const failureOf = (looking: Promise<unknown>): Promise<Error> =>
  looking.then(
    () => new Error("it did not fail"),
    (error: unknown) => error as Error,
  );

describe("lookAtEach", () => {
  it("looks at pictures in their order, one at a time, and tells each its place", async () => {
    let now = 0;
    const { results, indices, failures } = await lookAtEach(["c", "a", "b"], async (name, index) => {
      expect(++now).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, name === "c" ? 5 : 1));
      now--;
      return `${name}${index}`;
    });
    expect([results, indices, failures]).toEqual([["c0", "a1", "b2"], [0, 1, 2], []]);
    expect(await lookAtEach([], lookBut())).toEqual({ results: [], indices: [], failures: [] });
  });

  it("throws at the first that fails, by default, and looks at none after it", async () => {
    const seen: string[] = [];
    const look = (name: string) => {
      seen.push(name);
      return lookBut("b", "c")(name);
    };
    const error = await failureOf(lookAtEach(["a", "b", "c"], look));
    expect(error.message).toBe("lookAtEach: picture 1 (b): bad sector");
    expect(error.cause).toEqual(new Error("bad sector"));
    expect(seen).toEqual(["a", "b"]);
  });

  it.each<[string, unknown, unknown, string]>([
    ["its own name", { name: "x.tif", width: 3 }, new Error("bad"), "picture 0 (x.tif): bad"],
    ["once, where the error says it too", "x.tif", new Error("x.tif: bad"), "picture 0: x.tif: bad"],
    ["its place alone, without a name", { width: 3 }, new Error("bad"), "picture 0: bad"],
    ["its place alone, for a name of another kind", { name: 3 }, "bad", "picture 0: bad"],
  ])("names a picture by %s", async (_, picture, error, message) => {
    const look = () => Promise.reject(error as Error);
    expect((await failureOf(lookAtEach([picture], look))).message).toBe(`lookAtEach: ${message}`);
  });

  it("goes on if it is to skip, and says which were looked at and why the others were not", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const found = await lookAtEach(names, lookBut("a", "d"), { onFailure: "skip" });
    expect(found.results).toEqual(["B", "C", "E"]);
    expect(found.indices).toEqual([1, 2, 4]);
    expect(found.indices.map((i) => names[i]!.toUpperCase())).toEqual(found.results);
    expect(found.failures).toEqual([0, 3].map((index) => ({ index, error: new Error("bad sector") })));
  });

  it("fails if all do", async () => {
    const error = await failureOf(lookAtEach(["a", "b"], lookBut("a", "b"), { onFailure: "skip" }));
    expect(error.message).toBe("lookAtEach: none of 2 pictures could be looked at; picture 0 (a): bad sector");
  });

  it.each([new RangeError("`scale` is 2"), new TypeError("x is undefined"), new ReferenceError("x is not defined")])(
    "never skips a mistake of the program: %s",
    async (mistake) => {
      const look = (name: string) => (name === "b" ? Promise.reject(mistake) : Promise.resolve(name));
      for (const onFailure of ["throw", "skip"] as const)
        expect(await failureOf(lookAtEach(["a", "b"], look, { onFailure }))).toBe(mistake);
    },
  );

  it("ends with its signal, which is no failure of a picture", async () => {
    const seen: string[] = [];
    const stop = new AbortController();
    const look = (name: string) => {
      seen.push(name);
      if (name === "b") stop.abort(new Error("SIGINT"));
      if (name === "b") stop.signal.throwIfAborted();
      return Promise.resolve(name);
    };
    const options = { onFailure: "skip", signal: stop.signal } as const;
    expect((await failureOf(lookAtEach(["a", "b", "c"], look, options))).message).toBe("SIGINT");
    expect((await failureOf(lookAtEach(["a"], look, options))).message).toBe("SIGINT");
    expect(seen).toEqual(["a", "b"]);
  });

  it("ends with its signal also where that comes with the last picture", async () => {
    const stop = new AbortController();
    const look = (name: string) => {
      if (name === "b") stop.abort(new Error("SIGINT"));
      return name === "b" ? Promise.reject(new Error("bad sector")) : Promise.resolve(name);
    };
    const looking = lookAtEach(["a", "b"], look, { onFailure: "skip", signal: stop.signal });
    expect((await failureOf(looking)).message).toBe("SIGINT");
  });

  it("refuses another way to fail", async () => {
    const options = { onFailure: "ignore" as "skip" };
    await expect(lookAtEach(["a"], lookBut(), options)).rejects.toThrow(
      "lookAtEach: `onFailure` must be throw or skip, got ignore.",
    );
  });
});

/** Bright in a corner, and broken from the given read on. */
function grey(name: string, brokenFrom = Infinity): LargeImage & { readonly name: string } {
  let reads = 0;
  return {
    ...{ name, width: 80, height: 60 },
    read({ width, height }, scale = 1) {
      if (++reads > brokenFrom) return Promise.reject(new Error(`cannot read ${width} × ${height}: bad sector`));
      const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
      const data = Uint8Array.from({ length: w * h * 3 }, (_, i) => (i * 37 + name.length) % 251);
      return Promise.resolve({ width: w, height: h, channels: 3, data });
    },
  };
}

describe("lookAtEach with a model", () => {
  const model = zoomInClassifier({
    ...{
      classes: 3,
      tile: [20, 20] as const,
      firstScale: 1 / 4,
      secondScale: 1 / 2,
      patch: [8, 8] as const,
      samples: 4,
    },
  });
  const ctx = (i: number) => trainingContext(rng(7).split("look", i));
  /** The twelve tiles are read before any patch: so this one breaks among the tiles, and among the patches. */
  const pictures = () => [grey("a"), grey("bb", 5), grey("ccc"), grey("dddd", 14), grey("eeeee")];

  it("learns from those that could be read, as if the others were not there", async () => {
    const look = (picture: LargeImage, i: number) => model.sample(picture, ctx(i));
    const { results, indices, failures } = await lookAtEach(pictures(), look, { onFailure: "skip" });
    expect(indices).toEqual([0, 2, 4]);
    expect(failures.map(({ index }) => index)).toEqual([1, 3]);
    const alone = await Promise.all(indices.map(async (i) => look(pictures()[i]!, i)));
    expect(results).toEqual(alone);
    const labels = tf.tensor1d(
      indices.map((i) => [0, 1, 2, 1, 0][i]!),
      "int32",
    );
    expect(model.forward(results, ctx(9)).logits.shape).toEqual([labels.size, 3]);
  });

  it("predicts them, and leaves nothing behind where it fails", async () => {
    const predict = (picture: LargeImage) => model.predict(picture);
    await predict(grey("a"));
    const { numTensors } = tf.memory();
    const { results, indices } = await lookAtEach(pictures(), predict, { onFailure: "skip" });
    expect(indices).toEqual([0, 2, 4]);
    for (const { probabilities } of results) expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    await expect(lookAtEach(pictures(), predict)).rejects.toThrow("lookAtEach: picture 1 (bb): cannot read 20 × 20");
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
