import * as tf from "@tensorflow/tfjs-core";
import "@fovea/tfjs-backend-onnxruntime";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OnnxRuntimeBackend } from "../src/backend.js";
import { bufferPool } from "../src/runtime/buffers.js";

const n = 1536; // large enough for the pool, and as large as its buffers are
const filled = (value: number) => Float32Array.from({ length: n }, (_, i) => value + (i % 7) / 8);
const waiting = () => (tf.backend() as OnnxRuntimeBackend).buffers.bytes;

/** Work that takes every array of the pool of this size and writes into it. */
const overwrite = () => tf.tidy(() => Array.from({ length: 20 }, () => tf.sub(tf.tensor1d(filled(-99)), 1)));

let tensors: number;
beforeAll(async () => void (await tf.setBackend("onnxruntime")));
beforeEach(() => {
  tf.env().set("ONNXRUNTIME_ALL_NATIVE", true);
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  tf.env().set("ONNXRUNTIME_ALL_NATIVE", false);
  expect(tf.memory().numTensors).toBe(tensors);
});

describe("tf.memory", () => {
  it("counts tensors and bytes as they are, and says so", () => {
    const { numBytes } = tf.memory();
    const x = tf.tensor1d(filled(1));
    const y = tf.sub(x, 1);
    expect(tf.memory().unreliable).toBe(false);
    expect(tf.memory()).toMatchObject({ numTensors: tensors + 2, numBytes: numBytes + 8 * n });
    tf.dispose([x, y]);
    expect(tf.memory().numBytes).toBe(numBytes);
  });
});

describe("the pool of arrays", () => {
  it("gets the array of a disposed tensor that nobody read, and gives it to the next", () => {
    const x = tf.tensor1d(filled(1));
    tf.sub(x, 1).dispose();
    const before = waiting();
    expect(before).toBeGreaterThanOrEqual(4 * n);
    const y = tf.sub(x, 2);
    expect(waiting()).toBe(before - 4 * n);
    tf.dispose([x, y]);
    expect(waiting()).toBe(before);
  });

  it.each<[string, (x: tf.Tensor) => ArrayLike<number> | Promise<ArrayLike<number>>]>([
    ["dataSync", (x) => x.dataSync()],
    ["data", (x) => x.data() as Promise<Float32Array>],
    ["bufferSync", (x) => x.bufferSync().values as Float32Array],
    ["dataSync of a clone", (x) => tf.tidy(() => tf.clone(x).dataSync())],
    ["dataSync of a reshape", (x) => tf.tidy(() => tf.reshape(x, [n / 2, 2]).dataSync())],
    ["dataSync on another backend", onCpu],
  ])("never overwrites what %s gave", async (_, read) => {
    const x = tf.tidy(() => tf.sub(tf.tensor1d(filled(5)), 1));
    const seen = await read(x);
    expect([...(seen as Float32Array)]).toEqual([...filled(4)]);
    x.dispose();
    tf.dispose(overwrite());
    expect([...(seen as Float32Array)]).toEqual([...filled(4)]);
  });

  it("shows numbers in a buffer of their own length, and goes on using its own", () => {
    const x = tf.tensor1d(filled(1).slice(1)); // one less than a buffer of the pool holds
    const y = tf.sub(x, 1);
    const before = waiting();
    const seen = y.dataSync();
    expect(seen.buffer.byteLength).toBe(4 * (n - 1));
    expect(waiting()).toBe(before + 4 * n);
    tf.dispose([x, y, overwrite()]);
    expect([...seen]).toEqual([...filled(0)].slice(1));
  });

  it("never takes an array that the user made a tensor of", () => {
    const mine = filled(3);
    const x = tf.tensor1d(mine);
    tf.dispose([tf.sub(x, 1), x]);
    tf.dispose(overwrite());
    expect(mine).toEqual(filled(3));
  });

  it("holds no array that a variable still has, whatever else is disposed", () => {
    const first = tf.tidy(() => tf.sub(tf.tensor1d(filled(5)), 1));
    const second = tf.tidy(() => tf.sub(tf.tensor1d(filled(7)), 1));
    const variable = tf.variable(first);
    variable.assign(second as tf.Tensor1D);
    tf.dispose([first, second, overwrite()]);
    expect([...variable.dataSync()]).toEqual([...filled(6)]);
    variable.dispose();
  });

  it("holds no array that a part of a complex tensor still has", () => {
    const [real, imag] = [1, 2].map((v) => tf.tidy(() => tf.sub(tf.tensor1d(filled(v)), 1))) as [tf.Tensor, tf.Tensor];
    const complex = tf.complex(real, imag);
    tf.dispose([real, imag, overwrite()]);
    const parts = [tf.real(complex), tf.imag(complex)];
    tf.dispose([complex, overwrite()]);
    expect(parts.map((part) => [...part.dataSync()])).toEqual([[...filled(0)], [...filled(1)]]);
    tf.dispose(parts);
  });
});

describe("what waits in the pool", () => {
  const [a, b, c] = [1024, 2048, 4096]; // numbers of four bytes

  it("is all that was in use at once, however much, and no more", () => {
    const pool = bufferPool();
    const held = [a, b].map((length) => pool.take("float32", length));
    for (const data of held) pool.give(data);
    expect(pool.bytes).toBe(4 * (a + b));
    expect(pool.take("float32", a).buffer).toBe(held[0]!.buffer);
    pool.give(held[0]!);
    const larger = pool.take("float32", c); // more than both: they would wait beside it
    pool.give(larger);
    expect(pool.bytes).toBe(4 * c); // b, given back before a, went first; a followed
    expect(pool.take("float32", b).buffer).not.toBe(held[1]!.buffer);
  });

  it("serves numbers of other kinds and of nearly the same count", () => {
    const pool = bufferPool();
    const first = pool.take("float32", 1500);
    pool.give(first);
    const second = pool.take("int32", 1480);
    expect(second.buffer).toBe(first.buffer);
    expect([second.length, second.constructor]).toEqual([1480, Int32Array]);
  });

  it("is not more for arrays that never come back", () => {
    const pool = bufferPool();
    for (let i = 0; i < 100; i++) pool.forget(pool.take("float32", a));
    for (const length of [a, b]) pool.give(pool.take("float32", length));
    expect(pool.bytes).toBe(4 * b);
  });

  it("is not more for tensors that were read", () => {
    const { buffers } = tf.backend() as OnnxRuntimeBackend;
    buffers.clear();
    const less = (length: number) => tf.sub(new Float32Array(length), 1);
    for (let i = 0; i < 50; i++) tf.tidy(() => void less(a).dataSync());
    for (const length of [a, b]) less(length).dispose();
    expect(buffers.bytes).toBe(4 * b);
  });

  it("is forgotten when the pool is cleared", () => {
    const pool = bufferPool();
    pool.give(pool.take("float32", c));
    pool.clear();
    expect(pool.bytes).toBe(0);
    for (const length of [a, b]) pool.give(pool.take("float32", length));
    expect(pool.bytes).toBe(4 * b);
  });
});

describe("a tensor that moves between backends", () => {
  it("has the same numbers on each", async () => {
    const x = tf.tidy(() => tf.sub(tf.tensor1d(filled(5)), 1));
    await tf.setBackend("cpu");
    const y = tf.sub(x, 1);
    await tf.setBackend("onnxruntime");
    const z = tf.sub(y, 1);
    tf.dispose(overwrite());
    expect([x, y, z].map((t) => [...t.dataSync()])).toEqual([4, 3, 2].map((v) => [...filled(v)]));
    tf.dispose([x, y, z]);
  });
});

async function onCpu(x: tf.Tensor): Promise<ArrayLike<number>> {
  await tf.setBackend("cpu");
  const moved = tf.neg(x); // moves x
  const seen = x.dataSync();
  moved.dispose();
  await tf.setBackend("onnxruntime");
  return seen;
}
