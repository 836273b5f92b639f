import { rng } from "@fovea/nn";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { withoutCoast } from "../src/earth/coast.js";
import { fillRings, type Ring } from "../src/earth/fill-rings.js";

const rows = (data: Uint8Array | Uint16Array, width: number) =>
  Array.from({ length: data.length / width }, (_, y) => data.subarray(y * width, (y + 1) * width).join(""));
const square = (left: number, top: number, right: number, bottom: number): Ring => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
];

/** Pixels of the other renderer in one of ours, odd so that one of them has its centre. */
const FINE = 9;

describe("fillRings", () => {
  it("fills pixels whose centres lie inside; a centre on the line is on one side of it only", () => {
    expect(rows(fillRings([square(1, 1, 4, 3)], 6, 4), 6)).toEqual(["000000", "011100", "011100", "000000"]);
    expect(rows(fillRings([square(1.5, 0.5, 3.5, 1.5)], 6, 2), 6)).toEqual(["011000", "000000"]);
    expect(rows(fillRings([square(1.6, 0.6, 3.4, 1.6)], 6, 2), 6)).toEqual(["000000", "001000"]);
    const half = [square(0, 0, 2.5, 2), square(2.5, 0, 5, 2)]; // neighbours share no pixel, and leave none out
    expect(rows(fillRings(half, 5, 2), 5)).toEqual(["11111", "11111"]);
  });

  it("leaves holes, and islands in them, whatever the direction of the rings", () => {
    const rings = [square(0, 0, 7, 7), square(1, 1, 6, 6).toReversed(), square(3, 3, 4, 4)];
    expect(rows(fillRings(rings, 7, 7), 7).slice(2, 4)).toEqual(["1000001", "1001001"]);
  });

  it("cuts off what is outside", () => {
    expect(rows(fillRings([square(-9, -9, 2, 99)], 3, 2), 3)).toEqual(["110", "110"]);
    expect(rows(fillRings([square(5, 0, 9, 2)], 3, 2), 3)).toEqual(["000", "000"]);
  });

  it("agrees with another renderer on any shape", async () => {
    const [width, height] = [97, 61];
    for (let seed = 0; seed < 7; seed++) {
      const random = rng(seed);
      const xs = random.split("x").uniform(11, -20, width + 20);
      const ys = random.split("y").uniform(11, -20, height + 20);
      const ring: Ring = Array.from(xs, (x, i) => [x, ys[i]!]);
      const path = `M${ring.map((point) => point.map((at) => at * FINE).join(" ")).join("L")}Z`;
      const [w, h] = [width * FINE, height * FINE];
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><rect width="100%" height="100%"/><path fill-rule="evenodd" fill="#fff" d="${path}"/></svg>`;
      const drawn = await sharp(Buffer.from(svg)).extractChannel(0).raw().toBuffer();
      const filled = fillRings([ring], width, height);
      const [middle, clear] = [(FINE - 1) / 2, 96]; // grey is where the line goes through the very centre
      const differ = filled.filter((inside, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        const value = drawn[(y * FINE + middle) * w + x * FINE + middle]!;
        return inside === 1 ? value < 128 - clear : value > 127 + clear;
      });
      expect(differ.length).toBe(0);
      expect(filled.reduce((sum, inside) => sum + inside, 0)).toBeGreaterThan(100);
    }
  });
});

describe("withoutCoast", () => {
  it("ignores what is near to the other class, across corners too", () => {
    const data = Uint8Array.from("0000000000100000000000000".split(""), Number);
    const near = withoutCoast({ width: 5, height: 5, data }, 1, 9);
    expect(rows(near.data, 5)).toEqual(["00000", "99000", "99000", "99000", "00000"]);
    const wide = withoutCoast({ width: 5, height: 5, data }, 2, 9);
    expect(rows(wide.data, 5)).toEqual(["99900", "99900", "99900", "99900", "99900"]);
    expect(withoutCoast({ width: 5, height: 5, data }, 0, 9).data).toEqual(data);
  });
});
