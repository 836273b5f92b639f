import { basename } from "node:path";
import { retrying, processImages } from "@fovea/data";
import { bullets, defaultsOf, figures, heading, paragraph, percent, trainedModel, type Figure, type Predict, type Section, type TrainedConfig } from "@fovea/experiment"; // prettier-ignore
import { likeliest } from "./evaluate.js";
import { peakBytes, predictLarge } from "./explain.js";
import { figureOf } from "./figures.js";
import { fits, networkOf, type Model, type Network } from "./networks.js";
import { openImage } from "./scenes.js";
import { SETTINGS, type Settings } from "./settings.js";

/** A model as `run` saved it. */
interface Saved {
  readonly network: Network;
  readonly model: Model;
  readonly settings: Settings;
  readonly classes: readonly string[];
}

/** Classifies images of any size. One that cannot be read does not end it; Error if none can be. */
export const predict: Predict = {
  words: "tiled TIFF or BigTIFF of any size, Deep Zoom, JPEG, PNG or WebP; those that cannot be read are named",
  checkpoint: `checkpoints/seed-0/zoom-in/${SETTINGS.sizes.default.at(-1)}/best.safetensors`,
  async run(paths, { checkpoint, retries }) {
    const saved = await savedModel(checkpoint);
    try {
      const each = await processImages(paths, (path) => predictImage(path, saved, retries), { onFailure: "skip" });
      const memory = `Peak memory of the process (RSS): ${(peakBytes() / 1e6).toFixed(0)} MB.`;
      return {
        sections: [...each.results.flat(), paragraph(memory)],
        failures: each.failures.map(({ error }) => error.message),
      };
    } finally {
      saved.model.dispose();
    }
  },
};

async function predictImage(
  path: string,
  { network, model, settings, classes }: Saved,
  retries: number,
): Promise<Section[]> {
  const source = retrying(await openImage(path), { times: retries });
  try {
    if (!fits(source, network, settings))
      throw new Error(`${path}: it is too large for a view of the whole; use a zoom-in checkpoint.`);
    const prediction = await predictLarge(model, source, network, settings);
    const { probabilities } = prediction;
    const shares = classes.map((name, i) => ({ name, share: probabilities[i]! })).sort((a, b) => b.share - a.share);
    const title = basename(path);
    const note = `${classes[likeliest(probabilities)]!} ${percent(shares[0]!.share)} %`;
    const figure: Figure = await figureOf(source, prediction, { title, note, tile: settings.tile });
    return [
      heading(`${title}, ${source.width} × ${source.height} pixels`),
      bullets(shares.map(({ name, share }) => `${name} ${percent(share)} %`)),
      figures([figure]),
    ];
  } finally {
    await source.close();
  }
}

async function savedModel(path: string): Promise<Saved> {
  const settingsOf = ({ settings }: TrainedConfig<Settings>): Settings => ({ ...defaultsOf(SETTINGS), ...settings });
  const { model, ...config } = await trainedModel("zoomin", path, (saved: TrainedConfig<Settings>) =>
    networkOf(saved.variant)?.build(settingsOf(saved), saved.classes.length),
  );
  return { network: networkOf(config.variant)!, model, settings: settingsOf(config), classes: config.classes };
}
