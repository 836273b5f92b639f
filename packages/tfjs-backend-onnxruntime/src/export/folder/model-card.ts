import type { ModelFolderConfig } from "./model-folder-config.js";

/** `README.md`: front matter as model hubs read it, what the model is, and how it is run. */
export const modelCard = (config: ModelFolderConfig): string =>
  [
    "---",
    `license: ${config.license}`,
    "library_name: transformers.js",
    ...(config.task === "other" ? [] : [`pipeline_tag: ${config.task}`]),
    "tags:",
    ...["onnx", "fovea", ...(config.tags ?? [])].map((tag) => `  - ${tag}`),
    "---",
    "",
    `# ${config.title}`,
    "",
    config.description.trim(),
    "",
    "## Use",
    "",
    ...use(config),
    "",
    "## Inputs",
    "",
    preprocessingText(config),
    "",
    `Classes, in the order of the logits: ${config.classes.join(", ")}.`,
    "",
    "## Golden outputs",
    "",
    "`golden/expected.json` has inputs, of which images are PNG files beside it, and the outputs that the trained model has for them. Where yours differ by more than a ten thousandth, the preprocessing differs.",
    "",
  ].join("\n");

const use = ({ task }: ModelFolderConfig): string[] =>
  task === "other"
    ? ["Run the files in `onnx/` by ONNX Runtime, in any language. Sides named `batch` may be of any length."]
    : [
        "```js",
        'import { pipeline } from "@huggingface/transformers";',
        "",
        `const run = await pipeline("${task}", "THIS-FOLDER", { dtype: "fp32" });`,
        `console.log(await run("image.png"));${task === "image-segmentation" ? " // a mask for each class that is there" : ""}`,
        "```",
      ];

function preprocessingText({ preprocessing, task }: ModelFolderConfig): string {
  const { height, width, mean, std, fit = "cover" } = preprocessing;
  const resized = fit === "cover" ? `resized until it covers ${width} × ${height} pixels, of which the middle is cut out` : `resized to ${width} × ${height} pixels`; // prettier-ignore
  const size = task === "other" ? "Bytes" : `An image is ${resized}; then bytes`;
  return `${size} become (x / 255 − mean) / std, with mean ${mean.join(", ")} and std ${std.join(", ")} of red, green and blue, and channels come first: \`pixel_values\`, float32 [batch, 3, height, width].`;
}
