import { rng, type Pixels } from "@fovea/nn";
import { describe, expect, it } from "vitest";
import {
  colorsOfLabels,
  compose,
  gaussianBlur,
  imageOnly,
  jointCrop,
  jointFlip,
  jointResize,
  jointRotation,
  jointScale,
  labelsOfColors,
  randomCrop,
  segmentationAugmentation,
  vocColors,
  type JointTransform,
  type SegmentationSample,
} from "../../src/index.js";
import { noise, plain } from "../test-images.js";
import { randomLabels } from "./label-files.js";

const [WIDTH, HEIGHT, IGNORE] = [59, 53, 65535];

/** The place of each pixel, times four, in red and green. */
const places: Pixels = {
  ...plain(WIDTH, HEIGHT, [0, 0, 0]),
  data: Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH)];
    return i % 3 === 0 ? 4 * x : i % 3 === 1 ? 4 * y : 0;
  }),
};
/** Each pixel has its place as its id, so that image and label map both say where a pixel of a result comes from. */
const ids = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => i);
const sample: SegmentationSample = {
  image: places,
  labels: { width: WIDTH, height: HEIGHT, data: ids },
  ignore: IGNORE,
};
const outside = [1, 2, 255] as const; // blue says: no place

/**
 * The distances, along the farther axis, between the two places of each pixel of a result. Pixels near the border are
 * left out, since the image is blended with what is around it there.
 */
function distances({ image, labels }: SegmentationSample): number[] {
  return Array.from(labels.data, (id, i) => {
    const [u, v, blue] = [image.data[3 * i]! / 4, image.data[3 * i + 1]! / 4, image.data[3 * i + 2]!];
    if (blue > 0 || id === IGNORE || u < 4 || v < 4 || u > WIDTH - 5 || v > HEIGHT - 5) return NaN;
    return Math.max(Math.abs(u - (id % WIDTH)), Math.abs(v - Math.floor(id / WIDTH)));
  }).filter((distance) => !Number.isNaN(distance));
}

const geometric: Record<string, JointTransform> = {
  jointScale: jointScale(),
  "jointScale, smaller": jointScale([0.5, 0.6]),
  "jointScale, larger": jointScale([1.9, 2]),
  "jointResize, both sides": jointResize([67, 41]),
  "jointResize, shorter side": jointResize(31),
  jointRotation: jointRotation(10, { mean: outside }),
  "jointRotation, any angle": jointRotation(180, { mean: outside }),
  jointFlip: jointFlip(1),
  jointCrop: jointCrop({ size: [23, 31], mean: outside }),
  "jointCrop, padded": jointCrop({ size: [71, 83], mean: outside }),
  "jointCrop, padded one way": jointCrop({ size: [71, 23], mean: outside }),
  segmentationAugmentation: segmentationAugmentation({ crop: 47, mean: outside, blur: 0 }),
};

describe.each(Object.entries(geometric))("%s", (name, transform) => {
  const results = Array.from({ length: 11 }, (_, seed) => transform(sample, rng(seed)));

  it("moves image and label map alike", () => {
    // the nearest pixel is at most half a pixel away, and a byte of four steps a pixel at most 1/8; three moves add up
    const most = name === "segmentationAugmentation" ? 2 : 0.63;
    for (const result of results) {
      const found = distances(result);
      expect(Math.max(...found)).toBeLessThan(most);
      expect(found.length).toBeGreaterThan(90);
    }
  });

  it("gives both one size, and makes up no id", () => {
    for (const { image, labels } of results) {
      expect([labels.width, labels.height]).toEqual([image.width, image.height]);
      expect(labels.data.length * 3).toBe(image.data.length);
      for (const id of labels.data) if (id >= ids.length && id !== IGNORE) expect.fail(`made up id ${id}`);
    }
  });

  it("is pure: the same seed gives the same, and the input stays", () => {
    const { image, labels } = transform(sample, rng(3));
    expect([image, labels]).toEqual([results[3]!.image, results[3]!.labels]);
    expect(ids.every((id, i) => id === i)).toBe(true);
    expect(places.data[3 * (7 * WIDTH + 5)]).toBe(20);
  });

  it("keeps ids of 8 bits", () => {
    const narrow = { ...sample.labels, data: Uint8Array.from(ids, (id) => id % 251) };
    const { labels } = transform({ ...sample, labels: narrow, ignore: 255 }, rng(5));
    const wide = results[5]!.labels.data;
    expect(labels.data).toEqual(Uint8Array.from(wide, (id) => (id === IGNORE ? 255 : id % 251)));
  });
});

describe("a label map painted as an image", () => {
  const labels = randomLabels(WIDTH, HEIGHT, 200);
  const painted: SegmentationSample = { image: colorsOfLabels(labels), labels, ignore: 255 };
  const exact = compose<SegmentationSample>(jointFlip(), jointCrop({ size: [67, 29], mean: vocColors[255]! }));

  it("is the same map after flips and crops, padding included", () => {
    for (let seed = 0; seed < 11; seed++) {
      const result = exact(painted, rng(seed));
      expect(labelsOfColors(result.image, vocColors).data).toEqual(result.labels.data);
    }
  });

  it("is the same map when enlarged, but for a seam at the edges of classes", () => {
    // classes of 16 pixels in a chessboard of black and white
    const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => (((i % 64) >> 4) ^ (i >> 10)) & 1);
    const board = { width: 64, height: 64, data };
    const image = colorsOfLabels(board, [
      [0, 0, 0],
      [255, 255, 255],
    ]);
    const result = jointResize(200)({ image, labels: board, ignore: IGNORE }, rng(0));
    const wrong = result.labels.data.filter((id, i) => (result.image.data[3 * i]! >= 128 ? 1 : 0) !== id).length;
    expect(wrong / result.labels.data.length).toBeLessThan(0.005);
  });
});

describe("jointCrop", () => {
  it("puts a smaller image into the middle, with the mean and ignored pixels around it", () => {
    const small = {
      image: plain(2, 1, [9, 8, 7]),
      labels: { width: 2, height: 1, data: Uint8Array.of(5, 6) },
      ignore: 77,
    };
    const { image, labels } = jointCrop({ size: [3, 5], mean: [1, 2, 3] })(small, rng(0));
    expect([...labels.data]).toEqual([77, 77, 77, 77, 77, 77, 5, 6, 77, 77, 77, 77, 77, 77, 77]);
    const reds = image.data.filter((_, i) => i % 3 === 0);
    expect([...reds]).toEqual([1, 1, 1, 1, 1, 1, 9, 9, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("pads with a colour that becomes about 0", () => {
    const { image } = jointCrop({ size: 3 })(
      { ...sample, image: plain(1, 1, [0, 0, 0]), labels: randomLabels(1, 1, 2), ignore: 255 },
      rng(0),
    );
    expect([...image.data.subarray(0, 3)]).toEqual([0.485, 0.456, 0.406].map((mean) => Math.round(255 * mean)));
  });

  it("refuses a smaller image if that is asked", () => {
    const crop = jointCrop({ size: [53, 60], whenSmaller: "error" });
    expect(() => crop(sample, rng(0))).toThrow(
      'jointCrop: expected an image of at least 60 × 53, got 59 × 53; pad it by `whenSmaller: "pad"`, or enlarge it',
    );
  });

  it("writes no id of ignored pixels that the label map would hold as another", () => {
    const narrow = { ...sample, labels: randomLabels(WIDTH, HEIGHT, 5) }; // of 8 bits
    for (const ignore of [300, -1, 0.5]) {
      const message = `expected \`ignore\` to be an id of 0 … 255, which label maps of 8 bits hold, got ${ignore}.`;
      expect(() => jointCrop({ size: 5 })({ ...narrow, ignore }, rng(0))).toThrow(`jointCrop: ${message}`);
      expect(() => jointRotation()({ ...narrow, ignore }, rng(0))).toThrow(`jointRotation: ${message}`);
    }
  });

  it("takes every place, and the middle if that is asked", () => {
    const starts = new Set<number>();
    for (let seed = 0; seed < 200; seed++)
      starts.add(jointCrop({ size: [HEIGHT, WIDTH - 4] })(sample, rng(seed)).image.data[0]! / 4);
    expect([...starts].sort()).toEqual([0, 1, 2, 3, 4]);
    const middle = jointCrop({ size: [HEIGHT - 6, WIDTH - 4], place: "center" })(sample, rng(0));
    expect([...middle.image.data.subarray(0, 2)]).toEqual([8, 12]);
  });
});

it("a single pixel may be scaled, turned, mirrored and cropped", () => {
  const one: SegmentationSample = {
    image: plain(1, 1, [9, 8, 7]),
    labels: { width: 1, height: 1, data: Uint8Array.of(200) },
    ignore: 255,
  };
  const transform = segmentationAugmentation({ crop: 5 });
  for (let seed = 0; seed < 20; seed++) {
    const { image, labels } = transform(one, rng(seed));
    expect([image.width, image.height, labels.data.length]).toEqual([5, 5, 25]);
    const own = labels.data.filter((id) => id === 200).length;
    expect([1, 4]).toContain(own); // scaled by less than 1.5, or more
    expect(labels.data.filter((id) => id === 255).length).toBe(25 - own);
  }
});

describe("imageOnly", () => {
  it("leaves the label map", () => {
    const result = imageOnly(gaussianBlur(2))({ ...sample, image: noise(WIDTH, HEIGHT) }, rng(0));
    expect(result.labels).toBe(sample.labels);
    expect(result.image.data).not.toEqual(noise(WIDTH, HEIGHT).data);
  });

  it("refuses what would move the image alone", () => {
    expect(() => imageOnly(randomCrop(5))(sample, rng(0))).toThrow(
      "imageOnly: expected a transform that keeps the size, since the label map stays, got 5 × 5 from 59 × 53.",
    );
  });
});

it.each([
  ["jointScale: `range` must rise above 0, got 0 … 1.", () => jointScale([0, 1])],
  ["jointScale: `range` must rise above 0, got 2 … 1.", () => jointScale([2, 1])],
  ["jointRotation: `degrees` must be in 0 … 180, got -1.", () => jointRotation(-1)],
  ["jointRotation: expected `mean` to be three numbers of 0 … 255", () => jointRotation(1, { mean: [0, 0, 256] })],
  ["jointCrop: `size` must be a whole number of at least 1, got 0", () => jointCrop({ size: 0 })],
  ["jointCrop: expected `mean` to be three numbers", () => jointCrop({ size: 1, mean: [0, 0, -1] })],
  ["jointResize: `size` must be a whole number of at least 1, got 0.5", () => jointResize(0.5)],
])("says: %s", (message, make) => {
  expect(make).toThrow(message);
});

describe("segmentationAugmentation", () => {
  it("has the ranges of PSPNet's training code by default", () => {
    const published = { scale: [0.5, 2], degrees: 10, blur: 1.1, flip: 0.5, mean: [124, 116, 104] } as const;
    const [own, stated] = [
      segmentationAugmentation({ crop: 40 }),
      segmentationAugmentation({ crop: 40, ...published }),
    ];
    for (let seed = 0; seed < 9; seed++) expect(own(sample, rng(seed))).toEqual(stated(sample, rng(seed)));
  });

  it("blurs, turns and mirrors half of the images, and scales all", () => {
    const transform = segmentationAugmentation({ crop: 256, mean: outside });
    const white = { ...sample, image: plain(WIDTH, HEIGHT, [255, 255, 255]) };
    const sides = Array.from({ length: 100 }, (_, seed) => {
      const { labels } = transform(white, rng(seed));
      return Math.sqrt(labels.data.filter((id) => id !== IGNORE).length / (WIDTH * HEIGHT));
    });
    expect(Math.min(...sides)).toBeGreaterThan(0.45);
    expect(Math.max(...sides)).toBeLessThan(2.05);
    expect(sides.filter((side) => side < 1.25).length / 100).toBeCloseTo(0.5, 0);
  });
});
