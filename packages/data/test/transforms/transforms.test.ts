import { rng, type Pixels } from "@fovea/nn";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import {
  affine,
  centerCrop,
  colorJitter,
  compose,
  consistent,
  cutout,
  flip,
  horizontalFlip,
  perView,
  randomAffine,
  randomCrop,
  randomResizedCrop,
  resize,
  sometimes,
  type Transform,
} from "../../src/index.js";
import { noise, plain } from "../test-images.js";

const pixel = ({ data, width }: Pixels, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const random = rng(7);

const everything: readonly [string, Transform][] = [
  ["resize", resize([5, 3])],
  ["centerCrop", centerCrop([5, 3])],
  ["randomCrop", randomCrop([5, 3])],
  ["randomResizedCrop", randomResizedCrop({ size: [5, 3] })],
  ["horizontalFlip", horizontalFlip()],
  ["randomAffine", randomAffine({ degrees: 30, scale: [0.7, 1.3], shift: 0.1 })],
  ["colorJitter", colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 })],
  ["cutout", cutout()],
  ["compose", compose(randomCrop(7), randomAffine({ degrees: 10 }), horizontalFlip())],
];
describe.each(everything)("%s", (_, transform) => {
  const image = noise(13, 11);
  it("repeats for the same stream, differs over streams, and leaves its input alone", () => {
    const before = image.data.slice();
    const outputs = Array.from({ length: 8 }, (_, i) => transform(image, rng(i)));
    expect(transform(image, rng(3))).toEqual(outputs[3]);
    expect(image.data).toEqual(before);
    for (const { width, height, channels, data } of outputs)
      expect([channels, data.length]).toEqual([3, width * height * 3]);
    if (!["resize", "centerCrop"].includes(_))
      expect(new Set(outputs.map(({ data }) => String(data))).size).toBeGreaterThan(1);
  });
  it("is consistent over views, or not", () => {
    const views = [image, image, image];
    const [a, b, c] = consistent(transform)(views, random);
    expect([b, c]).toEqual([a, a]);
    const apart = Array.from({ length: 4 }, (_, i) => perView(transform)(views, rng(i))).map(
      (out) => new Set(out.map(({ data }) => String(data))).size,
    );
    expect(Math.max(...apart) > 1).toBe(!["resize", "centerCrop"].includes(_));
  });
});

describe("resize", () => {
  it("changes nothing at the same size", () => {
    const image = noise(7, 5);
    expect(resize([5, 7])(image, random).data).toEqual(image.data);
  });
  it("averages over blocks' triangle: a plain image stays plain at any size", () => {
    for (const size of [
      [1, 1],
      [3, 2],
      [20, 30],
    ] as const)
      expect([...resize(size)(plain(7, 5, [255, 0, 128]), random).data]).toEqual([
        ...plain(size[1], size[0], [255, 0, 128]).data,
      ]);
  });
  it("interpolates linearly when it enlarges", () => {
    const image: Pixels = { width: 2, height: 1, channels: 3, data: Uint8Array.of(0, 0, 0, 100, 200, 40) };
    const wide = resize([1, 4])(image, random); // sample points −0.25, 0.25, 0.75, 1.25
    expect([...wide.data]).toEqual([0, 0, 0, 25, 50, 10, 75, 150, 30, 100, 200, 40]);
  });
  it("reduces as sharp's linear kernel does", async () => {
    const image = noise(61, 47);
    const expected = await sharp(image.data, { raw: { width: 61, height: 47, channels: 3 } })
      .resize(17, 13, { fit: "fill", kernel: "linear" })
      .raw()
      .toBuffer();
    const { data } = resize([13, 17])(image, random);
    const error = data.reduce((sum, value, i) => sum + Math.abs(value - expected[i]!), 0) / data.length;
    expect(error).toBeLessThan(3); // noise of sd 74; a wrong filter or half a pixel's shift gives 10 and more
  });
  it("keeps the shape when given the shorter side", () => {
    expect(resize(6)(noise(20, 12), random)).toMatchObject({ width: 10, height: 6 });
    expect(resize(6)(noise(12, 20), random)).toMatchObject({ width: 6, height: 10 });
  });
});

describe("crops", () => {
  const image = noise(13, 11);
  it("cuts the middle out", () => {
    const out = centerCrop([5, 3])(image, random);
    expect(out).toMatchObject({ width: 3, height: 5 });
    for (const [x, y] of [
      [0, 0],
      [2, 4],
      [1, 3],
    ] as const)
      expect(pixel(out, x, y)).toEqual(pixel(image, x + 5, y + 3));
  });
  it("cuts out every part equally often", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 1200; i++) {
      const corner = pixel(randomCrop([9, 12])(image, rng(i)), 0, 0).join();
      counts.set(corner, (counts.get(corner) ?? 0) + 1);
    }
    expect(counts.size).toBe(2 * 3); // free space of 1 and 2
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(3.5 * 13); // binomial, sd 13
  });
  it("is the image itself for the whole area at its own size", () => {
    const whole = randomResizedCrop({ size: [11, 13], area: [1, 1], aspect: [13 / 11, 13 / 11] });
    expect(whole(image, random).data).toEqual(image.data);
  });
  it("refuses what cannot be", () => {
    expect(() => randomCrop(12)(image, random)).toThrow(
      "randomCrop: expected an image of at least 12 × 12, got 13 × 11.",
    );
    expect(() => randomResizedCrop({ size: 4, area: [0, 1] })).toThrow(
      "randomResizedCrop: `area` must rise within (0, 1], got 0 … 1.",
    );
  });
});

describe("flip", () => {
  const image = noise(5, 3);
  it("is its own inverse and moves the first pixel to the end of its row", () => {
    const flipped = flip(image, random);
    expect(flip(flipped, random)).toEqual(image);
    expect(pixel(flipped, 4, 1)).toEqual(pixel(image, 0, 1));
  });
  it("happens as often as asked for", () => {
    const share = (probability: number) =>
      Array.from({ length: 1000 }, (_, i) => horizontalFlip(probability)(image, rng(i))).filter((out) => out !== image)
        .length / 1000;
    expect([share(0), share(1)]).toEqual([0, 1]);
    expect(Math.abs(share(0.3) - 0.3)).toBeLessThan(0.06);
    expect(sometimes(0, flip)(image, random)).toBe(image);
  });
});

describe("affine", () => {
  const still = { rotate: 0, scale: 1, shift: [0, 0] } as const;
  const image = noise(7, 7);
  it("is the image itself without parameters, and after a whole turn", () => {
    expect(affine(image, still)).toEqual(image);
    expect(affine(image, { ...still, rotate: 360 }).data).toEqual(image.data);
    expect(randomAffine({})(image, random).data).toEqual(image.data);
  });
  it("turns clockwise by exactly 90°", async () => {
    for (const side of [7, 8]) {
      const square = noise(side, side);
      const expected = await sharp(square.data, { raw: { width: side, height: side, channels: 3 } })
        .rotate(90)
        .raw()
        .toBuffer();
      expect([...affine(square, { ...still, rotate: 90 }).data]).toEqual([...expected]);
    }
  });
  it("shifts by whole pixels exactly and shows the background", () => {
    const out = affine(image, { ...still, shift: [2 / 7, -1 / 7] }, [1, 2, 3]);
    expect(pixel(out, 3, 2)).toEqual(pixel(image, 1, 3));
    expect(pixel(out, 1, 2)).toEqual([1, 2, 3]);
    expect(pixel(out, 3, 6)).toEqual([1, 2, 3]);
  });
  it("enlarges about the center", () => {
    const out = affine(image, { ...still, scale: 2 });
    expect(pixel(out, 3, 3)).toEqual(pixel(image, 3, 3));
    expect(pixel(out, 5, 1)).toEqual(pixel(image, 4, 2));
  });
  it("rounds to the nearest value between two pixels", () => {
    const two: Pixels = { width: 2, height: 1, channels: 3, data: Uint8Array.of(0, 10, 255, 101, 11, 255) };
    expect(pixel(affine(two, { ...still, shift: [0.25, 0] }, [0, 0, 0]), 1, 0)).toEqual([51, 11, 255]); // half a pixel
  });
});

describe("colorJitter", () => {
  const image = plain(3, 2, [200, 100, 50]);
  const luma = 0.299 * 200 + 0.587 * 100 + 0.114 * 50;
  const extreme = (options: Parameters<typeof colorJitter>[0]) =>
    Array.from({ length: 400 }, (_, i) => pixel(colorJitter(options)(image, rng(i)), 0, 0));
  it("is the image itself without parameters", () =>
    expect(colorJitter({})(noise(5, 3), random).data).toEqual(noise(5, 3).data));
  it("scales by brightness", () => {
    for (const [r, g, b] of extreme({ brightness: 0.2 })) {
      expect(r! / 200).toBeCloseTo(g! / 100, 1);
      expect(g! / 100).toBeCloseTo(b! / 50, 1);
      expect(r).toBeGreaterThanOrEqual(160);
      expect(r).toBeLessThanOrEqual(240);
    }
  });
  it("keeps luminance under saturation, and an image's mean luminance under contrast", () => {
    for (const [r, g, b] of [...extreme({ saturation: 0.3 }), ...extreme({ contrast: 0.3 })])
      expect(Math.abs(0.299 * r! + 0.587 * g! + 0.114 * b! - luma)).toBeLessThan(1);
  });
  it("keeps greys and sums under hue, and turns by a third at most into a permutation", () => {
    for (const [r, g, b] of extreme({ hue: 0.05 })) expect(Math.abs(r! + g! + b! - 350)).toBeLessThanOrEqual(2);
    expect([...colorJitter({ hue: 0.5 })(plain(2, 2, [77, 77, 77]), random).data]).toEqual([
      ...plain(2, 2, [77, 77, 77]).data,
    ]);
  });
});

describe("cutout", () => {
  it("covers a square of the asked size, or less at the border", () => {
    const sizes = Array.from({ length: 200 }, (_, i) => {
      const { data } = cutout({ size: 0.4, color: [1, 2, 3] })(plain(10, 10, [9, 9, 9]), rng(i));
      return data.filter((value) => value === 2).length;
    });
    expect(Math.max(...sizes)).toBe(16);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(4); // at least a quarter is inside
  });
  it("refuses a size that is none", () =>
    expect(() => cutout({ size: 2 })).toThrow("cutout: `size` must be in [0, 1], got 2."));
});
