// Runs in a project that has transformers.js: what its pipeline says of the golden image of a folder, how far the model's
// outputs are from the golden ones, and the golden inputs in numbers. Prints JSON.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { env, pipeline, RawImage, Tensor } from "@huggingface/transformers";

const folder = process.argv[2];
const json = (path) => JSON.parse(readFileSync(join(folder, path), "utf8"));
const golden = json("golden/expected.json");

/** Floats, channels first; or bytes. */
async function pixels({ images, shape, mean, std }) {
  const values = [];
  for (const name of images) {
    const { data, channels } = (await RawImage.read(join(folder, "golden", name))).rgb();
    if (!mean) values.push(...data);
    else
      for (let c = 0; c < 3; c++)
        for (let at = c; at < data.length; at += channels) values.push((data[at] / 255 - mean[c]) / std[c]);
  }
  return { type: mean ? "float32" : "uint8", shape, values };
}

const errorOf = (actual, { values }) =>
  Math.max(...values.map((value, i) => Math.abs(value - actual[i]))) / Math.max(1, ...values.map(Math.abs));

/** How much of the image a mask is. */
const shareOf = ({ label, mask: { data } }) => ({
  label,
  score: data.filter((value) => value > 0).length / data.length,
});

const feeds = [];
for (const { model, inputs, outputs } of golden) {
  const given = {};
  for (const [name, input] of Object.entries(inputs)) given[name] = input.images ? await pixels(input) : input;
  feeds.push({ model, inputs: given, outputs });
}

const tasks = { resnet: "image-classification", segformer: "image-segmentation" };
const task = tasks[json("config.json").model_type];
let labels = null;
const errors = [];
if (task) {
  env.allowRemoteModels = false;
  env.localModelPath = dirname(folder);
  const run = await pipeline(task, basename(folder), { dtype: "fp32" });
  const image = join(folder, "golden", golden[0].inputs.pixel_values.images[0]);
  labels = task === "image-classification" ? await run(image, { top_k: 2 }) : (await run(image)).map(shareOf);
  for (const batch of [1, 7]) {
    const { pixel_values } = await run.processor(await Promise.all(new Array(batch).fill(image).map((path) => RawImage.read(path)))); // prettier-ignore
    const { logits } = await run.model({ pixel_values: new Tensor("float32", pixel_values.data, pixel_values.dims) }); // prettier-ignore
    const expected = golden[0].outputs.logits;
    const repeated = { values: new Array(batch).fill(expected.values).flat() };
    errors.push({ model: "model", batch, output: "logits", error: errorOf(logits.data, repeated) });
  }
}
console.log(JSON.stringify({ labels, errors, feeds }));
