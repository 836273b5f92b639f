import { basename } from "node:path";
import { retrying } from "@fovea/data";
import { bullets, figures, heading, paragraph, percent, type Predict, type Section } from "@fovea/experiment";
import { openImage } from "../open-image.js";
import { likeliest } from "./evaluate.js";
import { peakBytes, predictLarge } from "./explain.js";
import { figureOf } from "./figures.js";
import { fits, type Model, type Network } from "./networks.js";
import { SETTINGS, type Settings } from "./settings.js";

/** Classifies images of any size. */
export const predict: Predict<Settings, Model, { readonly network: Network }, readonly Section[]> = {
  words: "tiled TIFF or BigTIFF of any size, Deep Zoom, JPEG, PNG or WebP; those that cannot be read are named",
  checkpoint: `checkpoints/seed-0/zoom-in/${SETTINGS.sizes.default.at(-1)}/best.safetensors`,
  build: ({ network }, settings, { length }) => network.build(settings, length),
  async find(path, { variant: { network }, model, settings, classes }, { retries }) {
    const source = retrying(await openImage(path), { times: retries });
    try {
      if (!fits(source, network, settings))
        throw new Error(`${path}: it is too large for a view of the whole; use a zoom-in checkpoint.`);
      const prediction = await predictLarge(model, source, network, settings);
      const { probabilities } = prediction;
      const shares = classes.map((name, i) => ({ name, share: probabilities[i]! })).sort((a, b) => b.share - a.share);
      const title = basename(path);
      const note = `${classes[likeliest(probabilities)]!} ${percent(shares[0]!.share)} %`;
      return [
        [
          heading(`${title}, ${source.width} × ${source.height} pixels`),
          bullets(shares.map(({ name, share }) => `${name} ${percent(share)} %`)),
          figures([await figureOf(source, prediction, { title, note, tile: settings.tile })]),
        ],
      ];
    } finally {
      await source.close();
    }
  },
  report: (found) => [
    ...found.flat(),
    paragraph(`Peak memory of the process (RSS): ${(peakBytes() / 1e6).toFixed(0)} MB.`),
  ],
};
