import { constants } from "node:buffer";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/index.js";
import { assertClose, assertNoLeak, randomTensor } from "../../src/testing/index.js";

/** A file by hand: length, header, data. */
function file(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const one = (dtype: string, shape: number[], data: number[]): Uint8Array =>
  file({ x: { dtype, shape, data_offsets: [0, data.length] } }, data);

describeOnEngines("a round trip", () => {
  it("keeps names, shapes, dtypes, every bit and the metadata", () => {
    const tensors = {
      "layer.weight": randomTensor([3, 5]),
      extremes: tf.tensor1d([NaN, -Infinity, -0, 2 ** -149, 3.4028234663852886e38]),
      scalar: tf.scalar(-7, "int32"),
      flags: tf.tensor2d([[true, false, true]], [1, 3], "bool"),
      empty: tf.tensor2d([], [0, 4]),
      ünïcode: tf.tensor1d([2 ** 31 - 1, -(2 ** 31)], "int32"),
    };
    const metadata = { config: '{"depth":2}', step: "7" };
    const decoded = decodeSafetensors(encodeSafetensors(tensors, metadata));
    expect(decoded.metadata).toEqual(metadata);
    expect(Object.keys(decoded.tensors).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, tensor] of Object.entries(tensors)) {
      const got = decoded.tensors[name]!;
      expect([got.dtype, got.shape]).toEqual([tensor.dtype, tensor.shape]);
      expect(got.dataSync()).toEqual(tensor.dataSync());
    }
  });

  it("leaves nothing behind", () => {
    const x = randomTensor([3]);
    assertNoLeak(() => decodeSafetensors(encodeSafetensors({ x })).tensors);
  });
});

describe("encodeSafetensors", () => {
  it("writes the format byte by byte", () => {
    const bytes = encodeSafetensors({ b: tf.tensor1d([1, -2]), a: tf.tensor1d([256], "int32") }, { k: "v" });
    const header =
      '{"__metadata__":{"k":"v"},"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},' +
      '"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(padded.length).toBe(136);
    expect(Array.from(bytes.subarray(0, 8))).toEqual([136, 0, 0, 0, 0, 0, 0, 0]);
    expect(new TextDecoder().decode(bytes.subarray(8, 144))).toBe(padded);
    expect(Array.from(bytes.subarray(144))).toEqual([0, 1, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  it("gives the same bytes whatever the order of the keys", () => {
    const [a, b] = [randomTensor([2], 1), randomTensor([3], 2)];
    expect(encodeSafetensors({ a, b })).toEqual(encodeSafetensors({ b, a }));
  });

  it("refuses what the format cannot hold", () => {
    expect(() => encodeSafetensors({ s: tf.tensor1d(["a"]) })).toThrow(
      "`s` must be float32, int32 or bool, got string.",
    );
    expect(() => encodeSafetensors({ __metadata__: tf.scalar(1) })).toThrow(
      "no tensor may have the name `__metadata__`",
    );
  });

  it.runIf(constants.MAX_LENGTH < 2 ** 33)("says so where the file is more than one buffer holds", async () => {
    const before = tf.getBackend();
    await tf.setBackend("cpu"); // which hands out the zeros themselves, of which no page is ever written
    const gigabyte = tf.zeros([2 ** 28]);
    const tensors = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`x${i}`, gigabyte]));
    expect(() => encodeSafetensors(tensors)).toThrow(
      /^encodeSafetensors: the file would have 5368709\d+ bytes, more than one buffer holds here; save it as several files\.$/,
    );
    gigabyte.dispose();
    await tf.setBackend(before);
  });
});

describe("decodeSafetensors", () => {
  it.each([
    ["F64", [0, 0, 0, 0, 0, 0, 0xf8, 0xbf], [-1.5], "float32"],
    ["F16", [0, 0x3c, 1, 0, 0, 0xfc, 0xff, 0x7b, 0, 0x80], [1, 2 ** -24, -Infinity, 65504, -0], "float32"],
    ["BF16", [0x80, 0x3f, 0x49, 0x40, 0x80, 0xff], [1, 3.140625, -Infinity], "float32"],
    ["I64", [254, 255, 255, 255, 255, 255, 255, 255], [-2], "int32"],
    ["I16", [254, 255], [-2], "int32"],
    ["U16", [254, 255], [65534], "int32"],
    ["I8", [254], [-2], "int32"],
    ["U8", [254], [254], "int32"],
    ["U32", [255, 255, 255, 127], [2 ** 31 - 1], "int32"],
    ["U64", [254, 255, 255, 127, 0, 0, 0, 0], [2 ** 31 - 2], "int32"],
    ["F8_E4M3", [0x38, 0x7e, 0xfe, 1, 8, 0x80, 0x7f], [1, 448, -448, 2 ** -9, 2 ** -6, -0, NaN], "float32"],
    ["F8_E5M2", [0x3c, 0x7b, 1, 4, 0xfc, 0x80, 0x7d], [1, 57344, 2 ** -16, 2 ** -14, -Infinity, -0, NaN], "float32"],
    ["BOOL", [1, 0, 2], [1, 0, 1], "bool"],
  ])("reads %s", (dtype, data, values, as) => {
    const { x } = decodeSafetensors(one(dtype, [values.length], data)).tensors;
    expect(x!.dtype).toBe(as);
    expect(Array.from(x!.dataSync())).toEqual(values);
  });

  it.each(["F8_E4M3", "F8_E5M2"])(
    "reads %s in their order, each the middle of those around it or where steps double",
    (dtype) => {
      const codes = Array.from({ length: 0x78 }, (_, i) => i);
      const got = decodeSafetensors(one(dtype, [codes.length], codes)).tensors["x"]!.dataSync();
      const steps = codes.slice(1).map((code) => got[code]! - got[code - 1]!);
      steps.forEach((step, i) => expect([step, 2 * step]).toContain(steps[i + 1] ?? step));
      expect(new Set(steps).size).toBe(dtype === "F8_E4M3" ? 14 : 29); // exponents, of which the first two share a step
    },
  );

  it("reads F64 to the nearest float32, and what is infinite or no number there", () => {
    const wide = Float64Array.of(1 / 3, 1e-300, -3.4028235e38, Infinity, NaN);
    const { x } = decodeSafetensors(one("F64", [5], [...new Uint8Array(wide.buffer)])).tensors;
    expect(x!.dataSync()).toEqual(Float32Array.from(wide));
  });

  it("takes metadata of null for none, as the reference does", () => {
    const { tensors, metadata } = decodeSafetensors(
      file('{"__metadata__":null,"x":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', [7]),
    );
    expect([metadata, Array.from(tensors["x"]!.dataSync()), tensors["x"]!.shape]).toEqual([{}, [7], []]);
    expect(decodeSafetensors(file('{"__metadata__":null}'))).toEqual({ tensors: {}, metadata: {} });
  });

  it("takes what else the reference takes: space around, empty tensors between others, any name, other fields", () => {
    const entry = (shape: number[], begin: number, end: number) => ({
      dtype: "U8",
      shape,
      data_offsets: [begin, end],
      note: 1,
    });
    const header = { a: entry([2], 0, 2), none: entry([0, 3], 2, 2), "": entry([1], 2, 3), first: entry([0], 0, 0) };
    const named = JSON.stringify(header).replace('"none"', '"__proto__"');
    const { tensors } = decodeSafetensors(file(`\n ${named} \t\r\n`, [5, 6, 7]));
    expect(Object.entries(tensors).map(([name, x]) => [name, x.shape, Array.from(x.dataSync())])).toEqual([
      ["a", [2], [5, 6]],
      ["__proto__", [0, 3], []],
      ["", [1], [7]],
      ["first", [0], []],
    ]);
  });

  it("reads every F16 there is, NaN included", () => {
    const words = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const bytes = one("F16", [65536], Array.from(new Uint8Array(words.buffer)));
    const got = decodeSafetensors(bytes).tensors["x"]!.dataSync();
    words.forEach((word, i) => {
      const [exponent, fraction] = [(word >> 10) & 31, word & 1023];
      if (exponent === 31 && fraction > 0) expect(got[i]).toBeNaN();
      else if (exponent === 31) expect(Math.abs(got[i]!)).toBe(Infinity);
      else {
        const size = exponent === 0 ? fraction / 1024 / 2 ** 14 : (1024 + fraction) * 2 ** (exponent - 25);
        if (!Object.is(got[i], word < 32768 ? size : -size)) throw new Error(`${word}: ${got[i]}`);
      }
    });
  });

  it("reads numbers at odd addresses, and bytes that are a view", () => {
    const bytes = file(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} `, [0, 0, 0x80, 0x3f]);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    for (const view of [bytes, shifted.subarray(3), Buffer.from(bytes)])
      assertClose(decodeSafetensors(view).tensors["x"]!, [1], 0);
  });

  const entry = (begin: number, end: number) => ({ dtype: "U8", shape: [end - begin], data_offsets: [begin, end] });

  it.each<[string, Uint8Array, string]>([
    ["no length", new Uint8Array(5), "the file has 5 bytes, fewer than the 8 of a length"],
    [
      "a header cut short",
      file({ x: entry(0, 4) }, [1, 2, 3, 4]).subarray(0, 20),
      "the header claims 53 bytes, but only 12 follow; truncated?",
    ],
    ["another format", new Uint8Array(64).fill(0x50), "is this safetensors?"],
    ["no JSON", file("{oops"), "the header is not JSON in UTF-8"],
    ["a list", file("[]"), "the header must be a JSON object"],
    [
      "data cut short",
      file({ x: entry(0, 4) }, [1, 2]),
      "the tensors take 4 bytes, but 2 follow the header; truncated?",
    ],
    [
      "data left over",
      file({ x: entry(0, 2) }, [1, 2, 3]),
      "the tensors take 2 bytes, but 3 follow the header; left-over bytes.",
    ],
    [
      "an overlap",
      file({ a: entry(0, 3), b: entry(2, 4) }, [1, 2, 3, 4]),
      "tensor `b` begins at 2, but the one before it ends at 3: they overlap.",
    ],
    [
      "a gap",
      file({ a: entry(0, 1), b: entry(2, 4) }, [1, 2, 3, 4]),
      "tensor `b` begins at 2, but the one before it ends at 1: there is a gap.",
    ],
    [
      "a wrong size",
      one("F32", [2], [1, 2, 3, 4]),
      "tensor `x`: F32 [2] takes 8 bytes, but data_offsets [0, 4] span 4.",
    ],
    ["an unknown dtype", one("F128", [1], [1]), "tensor `x`: dtype must be one of F64, F32, F16, BF16,"],
    [
      "a dtype that cannot be read",
      one("C64", [1], [0, 0, 0, 0, 0, 0, 0, 0]),
      "tensor `x`: dtype C64 cannot be read; can be read: F64, F32,",
    ],
    ["an odd number of half bytes", one("F4", [3], [1, 1]), "F4 [3] takes 1.5 bytes, but data_offsets [0, 2] span 2."],
    [
      "a byte order mark",
      file('\ufeff{"x":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', [1]),
      "is not JSON in UTF-8",
    ],
    ["bytes after the header's end", file("{}\0"), "the header is not JSON in UTF-8"],
    [
      "sides whose product is beyond all numbers",
      file({ x: { dtype: "U8", shape: [2 ** 32, 2 ** 32, 0], data_offsets: [0, 0] } }),
      "takes Infinity bytes, but data_offsets [0, 0] span 0.",
    ],
    ["a file of nothing but left-over bytes", file("{}", [0]), "the tensors take 0 bytes, but 1 follow the header"],
    ["an inherited dtype", one("toString", [1], [1]), "tensor `x`: dtype must be one of"],
    ["a negative side", one("U8", [-1, -1], [1]), "tensor `x`: shape must be whole numbers, got [-1,-1]"],
    [
      "no offsets",
      file({ x: { dtype: "U8", shape: [0] } }),
      "tensor `x`: data_offsets must be two whole numbers, got undefined",
    ],
    [
      "offsets backwards",
      file({ x: { dtype: "U8", shape: [0], data_offsets: [4, 0] } }),
      "takes 0 bytes, but data_offsets [4, 0] span -4",
    ],
    ["an entry that is none", file({ x: 3 }), "tensor `x`: its header entry must be an object"],
    ["metadata that is no strings", file({ __metadata__: { step: 3 } }), "`__metadata__` must map strings to strings"],
    [
      "an I64 too large",
      one("I64", [1], [0, 0, 0, 0, 1, 0, 0, 0]),
      "tensor `x`: I64 value 4294967296 does not fit int32.",
    ],
    ["a U32 too large", one("U32", [1], [0, 0, 0, 128]), "tensor `x`: U32 value 2147483648 does not fit int32."],
    [
      "a U64 too large",
      one("U64", [1], [255, 255, 255, 255, 255, 255, 255, 255]),
      "tensor `x`: U64 value 18446744073709551615 does not fit int32.",
    ],
    [
      "an F64 too large",
      one("F64", [2], [...new Uint8Array(Float64Array.of(Infinity, -1e39).buffer)]),
      "tensor `x`: F64 value -1e+39 is beyond float32, which ends at 3.4e38.",
    ],
  ])("refuses %s", (_, bytes, message) => {
    const before = tf.memory().numTensors;
    expect(() => decodeSafetensors(bytes)).toThrow(RangeError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("never takes a truncated file for a whole one", () => {
    const bytes = encodeSafetensors({ a: randomTensor([3]), b: randomTensor([2, 2]) }, { k: "v" });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        expect(() => decodeSafetensors(bytes.slice(0, length))).toThrow("decodeSafetensors: ");
      }),
      { numRuns: 60 },
    );
  });
});
