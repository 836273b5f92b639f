import { describe, expect, it } from "vitest";
import { processImages } from "../src/index.js";

/** Fails for the names in `bad`. */
const failOn =
  (...bad: readonly string[]) =>
  (name: string) =>
    bad.includes(name) ? Promise.reject(new Error("bad sector")) : Promise.resolve(name.toUpperCase());
const failureOf = (run: Promise<unknown>): Promise<Error> =>
  run.then(
    () => new Error("it did not fail"),
    (error: unknown) => error as Error,
  );

describe("processImages", () => {
  it("processes images in their order, one at a time, and gives each its index", async () => {
    let now = 0;
    const { results, indices, failures } = await processImages(["c", "a", "b"], async (name, index) => {
      expect(++now).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, name === "c" ? 5 : 1));
      now--;
      return `${name}${index}`;
    });
    expect([results, indices, failures]).toEqual([["c0", "a1", "b2"], [0, 1, 2], []]);
    expect(await processImages([], failOn())).toEqual({ results: [], indices: [], failures: [] });
  });

  it("throws at the first that fails, by default, and processes none after it", async () => {
    const processed: string[] = [];
    const task = (name: string) => {
      processed.push(name);
      return failOn("b", "c")(name);
    };
    const error = await failureOf(processImages(["a", "b", "c"], task));
    expect(error.message).toBe("processImages: image 1 (b): bad sector");
    expect(error.cause).toEqual(new Error("bad sector"));
    expect(processed).toEqual(["a", "b"]);
  });

  it.each<[string, unknown, unknown, string]>([
    ["its own name", { name: "x.tif", width: 3 }, new Error("bad"), "image 0 (x.tif): bad"],
    ["once, where the error says it too", "x.tif", new Error("x.tif: bad"), "image 0: x.tif: bad"],
    ["its index alone, without a name", { width: 3 }, new Error("bad"), "image 0: bad"],
    ["its index alone, for a name of another kind", { name: 3 }, "bad", "image 0: bad"],
  ])("names an image by %s", async (_, image, error, message) => {
    const task = () => Promise.reject(error as Error);
    expect((await failureOf(processImages([image], task))).message).toBe(`processImages: ${message}`);
  });

  it("goes on if it is to skip, and says which were processed and why the others were not", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const found = await processImages(names, failOn("a", "d"), { onFailure: "skip" });
    expect(found.results).toEqual(["B", "C", "E"]);
    expect(found.indices).toEqual([1, 2, 4]);
    expect(found.indices.map((i) => names[i]!.toUpperCase())).toEqual(found.results);
    expect(found.failures).toEqual([0, 3].map((index) => ({ index, error: new Error("bad sector") })));
  });

  it("fails if all do", async () => {
    const error = await failureOf(processImages(["a", "b"], failOn("a", "b"), { onFailure: "skip" }));
    expect(error.message).toBe("processImages: all 2 images failed; image 0 (a): bad sector");
  });

  it.each([new RangeError("`scale` is 2"), new TypeError("x is undefined"), new ReferenceError("x is not defined")])(
    "never skips a mistake of the program: %s",
    async (mistake) => {
      const task = (name: string) => (name === "b" ? Promise.reject(mistake) : Promise.resolve(name));
      for (const onFailure of ["throw", "skip"] as const)
        expect(await failureOf(processImages(["a", "b"], task, { onFailure }))).toBe(mistake);
    },
  );

  it("ends with its signal, which is no failure of an image", async () => {
    const processed: string[] = [];
    const stop = new AbortController();
    const task = (name: string) => {
      processed.push(name);
      if (name === "b") stop.abort(new Error("SIGINT"));
      if (name === "b") stop.signal.throwIfAborted();
      return Promise.resolve(name);
    };
    const options = { onFailure: "skip", signal: stop.signal } as const;
    expect((await failureOf(processImages(["a", "b", "c"], task, options))).message).toBe("SIGINT");
    expect((await failureOf(processImages(["a"], task, options))).message).toBe("SIGINT");
    expect(processed).toEqual(["a", "b"]);
  });

  it("ends with its signal also where that comes with the last image", async () => {
    const stop = new AbortController();
    const task = (name: string) => {
      if (name === "b") stop.abort(new Error("SIGINT"));
      return name === "b" ? Promise.reject(new Error("bad sector")) : Promise.resolve(name);
    };
    const run = processImages(["a", "b"], task, { onFailure: "skip", signal: stop.signal });
    expect((await failureOf(run)).message).toBe("SIGINT");
  });

  it("refuses another way to fail", async () => {
    const options = { onFailure: "ignore" as "skip" };
    await expect(processImages(["a"], failOn(), options)).rejects.toThrow(
      "processImages: `onFailure` must be one of throw, skip, got ignore.",
    );
  });
});
