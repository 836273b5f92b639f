import type { LabelMap } from "@fovea/data";
import { pixelsSource } from "@fovea/data";
import sharp from "sharp";
import { expect, it } from "vitest";
import { disagreement, exampleFigures, legendOf, rightShare } from "../../src/apd/figures.js";
import { overviewOf } from "../../src/apd/overview.js";

const map = (...data: number[]): LabelMap => ({ width: data.length, height: 1, data: Uint8Array.from(data) });

it("shows who is right where student and teacher disagree; ignored pixels count for nobody", () => {
  const truth = map(0, 1, 1, 2, 255);
  const { data } = disagreement(map(0, 1, 0, 0, 0), map(0, 0, 1, 1, 1), truth, { ignore: 255 });
  const colors = [0, 1, 2, 3, 4].map((i) => data.subarray(3 * i, 3 * i + 3).join(" "));
  const [same, student, teacher, neither] = ["28 28 32", "255 176 0", "72 133 255", "170 60 90"];
  expect(colors).toEqual([same, student, teacher, neither, same]);
  expect(rightShare(map(0, 1, 0, 0, 0), truth, { ignore: 255 })).toBe(0.5);
  expect(rightShare(map(0), map(255), { ignore: 255 })).toBe(1);
});

it("puts the images of all networks side by side", () => {
  const example = (prediction: string, disagreement: string | null) => [
    { id: "a.png", image: "image", truth: "truth", prediction, right: 0.75, disagreement },
  ];
  const [figure] = exampleFigures([
    { name: "teacher", examples: example("t", null) },
    { name: "student", examples: example("s", "d") },
  ]);
  expect(figure!.rows.map(({ images }) => images.map(({ source }) => source))).toEqual([["image", "truth", "t", "s"], ["d"]]); // prettier-ignore
  expect(figure!.rows[0]!.images[3]!.caption).toBe("student, 75.0 % right");
});

it("has the colours of the classes in its legend, whatever they are called", async () => {
  const { source } = legendOf(["sea", "a < b & c"]).rows[0]!.images[0]!;
  expect(source).toContain("rgb(128,0,0)");
  expect(source).toContain("a &#60; b &#38; c");
  const { width } = await sharp(Buffer.from(source)).metadata(); // a well-formed SVG
  expect(width).toBe(230);
});

it("lays the classes of a large image over a small one, band by band", async () => {
  const [width, height] = [2048, 1500];
  const image = { width, height, channels: 3, data: new Uint8Array(3 * width * height).fill(100) } as const;
  const overview = await overviewOf(pixelsSource(image));
  for (let top = 0; top < height; top += 400) {
    const rows = Math.min(400, height - top);
    const labels = Uint8Array.from(
      { length: rows * width },
      (_, i) => (i % width < 1024 ? 0 : 1) + (top < 800 ? 0 : 2),
    );
    overview.add({ top, height: rows, width, labels });
  }
  expect([overview.image.width, overview.image.height]).toEqual([1024, 750]);
  const at = (x: number, y: number) => overview.labels.data[y * 1024 + x];
  expect([at(0, 0), at(511, 0), at(512, 0), at(1023, 399), at(0, 400), at(1023, 749)]).toEqual([0, 0, 1, 1, 2, 3]);
  expect([...overview.overlay().data.subarray(3 * 1023, 3 * 1024)]).toEqual([114, 50, 50]); // (100 + 128) / 2, 100 / 2
});
