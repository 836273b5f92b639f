import { checkGolden, exportOnnx, modelFolder, runOnnx, takeImages, type DecodedImage, type Golden } from "@fovea/tfjs-backend-onnxruntime"; // prettier-ignore
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { expectClose, images } from "./support.js";

beforeAll(() => tf.setBackend("onnxruntime"));

const side = 4;
const preprocessing = { height: side, width: side, mean: [0.5, 0.4, 0.3], std: [0.5, 0.25, 1] } as const;

/** The mean of each channel: three "classes". */
const network = () =>
  exportOnnx(({ pixel_values }) => ({ logits: tf.mean(pixel_values!, [1, 2]) }), { pixel_values: images(side) });

/** Not PNG: the bytes themselves, since decoding is the caller's. */
const image: DecodedImage = {
  width: side,
  height: side,
  data: Uint8Array.from({ length: 3 * side * side }, (_, i) => (i % 3) * 100 + Math.floor(i / 3)),
};

const { mean, std } = preprocessing;
const logits = [0, 1, 2].map((c) => ((100 * c + 7.5) / 255 - mean[c]!) / std[c]!); // 7.5: the mean of 0 … 15

const goldenOf = (values: readonly number[]): Golden => ({
  model: "model",
  inputs: { pixel_values: { images: ["image.png"], shape: [1, 3, side, side], mean, std } },
  outputs: { logits: { type: "float32", shape: [1, 3], values } },
});

const filesOf = (values: readonly number[]) =>
  modelFolder({
    ...{ title: "Means", description: "The mean of each channel.", license: "mit", classes: ["red", "green", "blue"] },
    ...{ task: "image-classification", preprocessing, models: { model: network().bytes }, tags: ["tiny"] },
    ...{ golden: [goldenOf(values)], images: { "image.png": image.data } },
  });

describe("modelFolder", () => {
  it("has the files that transformers.js opens", () => {
    const files = filesOf(logits);
    const json = (path: string) => JSON.parse(files.get(path) as string) as Record<string, unknown>;
    expect([...files.keys()].sort()).toEqual(
      ["README.md", "config.json", "golden/expected.json", "golden/image.png", "onnx/model.onnx", "preprocessor_config.json"], // prettier-ignore
    );
    expect(json("config.json")).toEqual({
      model_type: "resnet",
      architectures: ["ResNetForImageClassification"],
      id2label: { 0: "red", 1: "green", 2: "blue" },
      label2id: { red: 0, green: 1, blue: 2 },
    });
    expect(json("preprocessor_config.json")).toMatchObject({
      size: { shortest_edge: side },
      crop_size: { height: side, width: side },
      image_mean: mean,
      image_std: std,
    });
    expect(files.get("README.md")).toMatch(/^---\nlicense: mit\n(.*\n)*pipeline_tag: image-classification\n(.*\n)* {2}- tiny\n---\n\n# Means\n/); // prettier-ignore
  });

  it("is opened as a segmenter, whose processor resizes images as a whole", () => {
    const files = modelFolder({
      ...{ title: "Fields", description: "", license: "mit", classes: ["field", "road"], images: {}, golden: [] },
      ...{ task: "image-segmentation", preprocessing: { ...preprocessing, fit: "fill" } },
      models: { model: network().bytes },
    });
    const json = (path: string) => JSON.parse(files.get(path) as string) as Record<string, unknown>;
    expect(json("config.json")).toMatchObject({
      model_type: "segformer",
      architectures: ["SegformerForSemanticSegmentation"],
    });
    expect(json("preprocessor_config.json")).toMatchObject({
      image_processor_type: "SegformerImageProcessor",
      size: { height: side, width: side },
      do_center_crop: false,
    });
    expect(files.get("README.md")).toContain("pipeline_tag: image-segmentation");
    expect(files.get("README.md")).toContain('pipeline("image-segmentation", "THIS-FOLDER"');
  });

  it("refuses a pipeline without its file, and golden outputs of a file that is not there", () => {
    const config = { title: "", description: "", license: "mit", classes: [], preprocessing, images: {}, golden: [] };
    expect(() => modelFolder({ ...config, task: "image-classification", models: {} })).toThrow("to have `model`");
    expect(() => modelFolder({ ...config, task: "other", models: {}, golden: [goldenOf(logits)] })).toThrow(
      "got one of `model`",
    );
  });
});

describe("checkGolden", () => {
  const check = (values: readonly number[], decoded = image) => {
    const files = filesOf(values);
    const read = (path: string) => {
      const file = files.get(path)!;
      return Promise.resolve(typeof file === "string" ? new TextEncoder().encode(file) : file);
    };
    return checkGolden(read, () => Promise.resolve(decoded));
  };

  it("finds outputs that are right, and by how much others are wrong", async () => {
    const [right] = await check(logits);
    expect(right).toMatchObject({ model: "model", output: "logits" });
    expect(right!.error).toBeLessThan(1e-6);
    const [wrong] = await check([logits[0]!, logits[1]! + 2, logits[2]!]);
    expect(wrong!.error).toBeCloseTo(2 / (logits[1]! + 2), 5);
  });

  it("refuses an image of another size", () =>
    expect(check(logits, { ...image, width: 8, height: 2 })).rejects.toThrow("image.png of 4 × 4 pixels, got 8 × 2"));
});

describe("takeImages", () => {
  it("is the network on what it resizes and normalizes", async () => {
    const file = takeImages(network(), { ...preprocessing, fit: "fill" });
    expect(file.sides["images"]).toEqual(["batch", "images_height", "images_width", 3]);
    const flat = tf.fill([3, 8, 10, 3], 51, "int32");
    const { logits: y } = await runOnnx(file.bytes, { images: flat });
    expectClose(y!, tf.tile(tf.tensor2d([[0.2, 0.2, 0.2].map((x, c) => (x - mean[c]!) / std[c]!)]), [3, 1]));
  });

  it("shrinks to a third by a triangle of six pixels, and cuts out the middle", async () => {
    const file = takeImages(network(), { ...preprocessing, mean: [0, 0, 0], std: [1, 1, 1] });
    // 12 rows of one number each, every fourth bright, on 24 columns: the 4 × 4 of the middle are the rows, shrunk
    const rows = Array.from({ length: 12 }, (_, i) => (i % 4 === 1 ? 240 : 20));
    const columns = tf.tidy(() => tf.tile(tf.reshape(tf.tensor1d(rows, "int32"), [1, 12, 1, 1]), [1, 1, 24, 3]));
    const { logits: y } = await runOnnx(file.bytes, { images: columns });
    const shrunk = [0, 1, 2, 3].map((i) => {
      const weights = rows.map((_, j) => Math.max(0, 1 - Math.abs(j + 0.5 - (i + 0.5) * 3) / 3));
      const total = weights.reduce((a, b) => a + b, 0);
      return Math.round(weights.reduce((sum, w, j) => sum + w * rows[j]!, 0) / total);
    });
    const expected = shrunk.reduce((a, b) => a + b, 0) / 4 / 255;
    expectClose(y!, tf.fill([1, 3], expected));
  });

  it("refuses an input that the model does not have", () => {
    expect(() => takeImages(network(), { ...preprocessing, input: "x" })).toThrow("got x");
  });
});
