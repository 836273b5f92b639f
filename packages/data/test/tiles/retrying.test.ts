import type { Region } from "@fovea/nn";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ImageFileError, pyramidSource, retrying, type TileSource } from "../../src/index.js";
import { noise } from "../test-images.js";
import { sliced } from "./expected.js";

const pixels = noise(20, 20);
const region: Region = { left: 5, top: 0, width: 10, height: 4 };
const WHAT =
  "p: cannot read 10 × 4 at (5, 0) at scale 1: block 20 × 20 at (0, 0) of the resolution 20 × 20: bad sector";

/** A source of which the first `failures` reads fail, and when each was tried. */
function failing(failures: number) {
  const tried: number[] = [];
  const read = (block: Region) => {
    tried.push(Date.now());
    return tried.length > failures ? Promise.resolve(sliced(pixels, block)) : Promise.reject(new Error("bad sector"));
  };
  const level = { width: 20, height: 20, blockWidth: 20, blockHeight: 20, read };
  const close = vi.fn(() => Promise.resolve());
  return { source: pyramidSource({ name: "p", levels: [level], close }), tried, close };
}

const failureOf = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => null,
    (error: unknown) => error,
  );

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("retrying", () => {
  it("is the source, where nothing fails", async () => {
    const { source, tried } = failing(0);
    const again = retrying(source);
    expect(again).toMatchObject({ name: "p", width: 20, height: 20 });
    expect(await again.read(region)).toEqual(sliced(pixels, region));
    expect(await again.read(region, 0.5)).toMatchObject({ width: 5, height: 2 });
    expect(tried).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([1, 2])("reads what fails %d times, by default", async (failures) => {
    const { source, tried } = failing(failures);
    const reading = retrying(source).read(region);
    await vi.runAllTimersAsync();
    expect(await reading).toEqual(sliced(pixels, region));
    expect(tried).toHaveLength(failures + 1);
  });

  it("gives up after so many tries, by the last error, which names file and region and says how many", async () => {
    const { source, tried } = failing(3);
    const reading = failureOf(retrying(source).read(region));
    await vi.runAllTimersAsync();
    const error = (await reading) as ImageFileError;
    expect(error).toBeInstanceOf(ImageFileError);
    expect(error.message).toBe(`${WHAT} (tried 3 times)`);
    expect(error.id).toBe("p");
    expect(tried).toHaveLength(3);
    expect(await retrying(source).read(region)).toMatchObject({ width: 10 }); // the source goes on
  });

  it("waits twice as long each time", async () => {
    const { source, tried } = failing(4);
    const reading = retrying(source, { times: 4, wait: 30 }).read(region);
    await vi.runAllTimersAsync();
    await reading;
    expect(tried.slice(1).map((at, i) => at - tried[i]!)).toEqual([30, 60, 120, 240]);
  });

  it("leaves the error as it is where nothing is tried again", async () => {
    const { source, tried } = failing(1);
    await expect(retrying(source, { times: 0 }).read(region)).rejects.toThrow(new ImageFileError("p", WHAT.slice(3)));
    expect(tried).toHaveLength(1);
  });

  it("does not try again what is no failure of a file", async () => {
    const { source } = failing(0);
    const read = vi.fn<TileSource["read"]>((...args) => source.read(...args));
    const again = retrying({ ...source, read });
    await expect(again.read({ ...region, width: 0 })).rejects.toThrow(RangeError);
    await expect(again.read(region, 2)).rejects.toThrow("p: `scale` must be in (0, 1], got 2.");
    expect(read).toHaveBeenCalledTimes(2);
    read.mockRejectedValueOnce(new TypeError("x is undefined"));
    await expect(again.read(region)).rejects.toThrow(new TypeError("x is undefined"));
    expect(read).toHaveBeenCalledTimes(3);
  });

  it("tries reads apart from one another", async () => {
    const { source } = failing(0);
    const failures = new Map([
      [0, 2],
      [4, 0],
      [8, 1],
    ]);
    const read: TileSource["read"] = (at, scale) => {
      const left = failures.get(at.left)!;
      failures.set(at.left, left - 1);
      return left > 0 ? Promise.reject(new ImageFileError("p", "busy")) : source.read(at, scale);
    };
    const again = retrying({ ...source, read });
    const reading = Promise.all([...failures.keys()].map((left) => again.read({ ...region, left })));
    await vi.runAllTimersAsync();
    expect(await reading).toEqual([0, 4, 8].map((left) => sliced(pixels, { ...region, left })));
  });

  it("waits no longer once it is closed, and closes the source", async () => {
    const { source, tried, close } = failing(9);
    const again = retrying(source, { wait: 1e6 });
    const reading = failureOf(again.read(region));
    await vi.advanceTimersByTimeAsync(10);
    expect(tried).toHaveLength(1);
    await again.close();
    expect(close).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
    expect(((await reading) as Error).message).toBe(WHAT);
    const later = failureOf(again.read(region)); // not tried again: it would stay closed
    await vi.advanceTimersByTimeAsync(0);
    expect(((await later) as Error).message).toBe("p: cannot read 10 × 4 at (5, 0): the source is closed");
    expect(tried).toHaveLength(1);
  });

  it("waits for the try under way as it closes, which is the last", async () => {
    let fail = (_: Error) => {};
    const read = vi.fn(() => new Promise<never>((_, reject) => (fail = reject)));
    const level = { width: 20, height: 20, blockWidth: 20, blockHeight: 20, read };
    const again = retrying(pyramidSource({ name: "p", levels: [level] }));
    const reading = failureOf(again.read(region));
    await vi.advanceTimersByTimeAsync(0);
    const closing = again.close();
    fail(new Error("bad sector"));
    await closing;
    expect(((await reading) as Error).message).toBe(WHAT);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it.each([
    [{ times: -1 }, "retrying: `times` must be a whole number of at least 0, got -1."],
    [{ times: 0.5 }, "retrying: `times` must be a whole number of at least 0, got 0.5."],
    [{ wait: NaN }, "retrying: `wait` must be a finite number of at least 0, got NaN."],
    [{ wait: Infinity }, "retrying: `wait` must be a finite number of at least 0, got Infinity."],
  ])("refuses %j", (options, message) => expect(() => retrying(failing(0).source, options)).toThrow(message));
});
