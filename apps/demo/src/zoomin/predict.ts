import { mkdir } from "node:fs/promises";
import { basename, dirname, relative, resolve } from "node:path";
import { loadWeights } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import { CheckpointError, loadCheckpoint } from "@fovea/train";
import { page } from "../report/page.js";
import { lookOf, thumbnailOf } from "./examples.js";
import { fitsWhole, openLarge, peakBytes, predictLarge } from "./large.js";
import type { Settings } from "./settings.js";
import { STRATEGIES } from "./strategies.js";

/** A model as the demo saved it. */
interface Saved {
  readonly strategy: string;
  readonly settings: Settings;
  readonly classes: readonly string[];
}

/**
 * Classifies a picture of any size with a saved model, and writes a page of where it looked.
 *
 * @returns what the terminal shows
 * @throws CheckpointError for a checkpoint of another kind; ImageFileError for a file that is no picture
 */
export async function predictPicture(image: string, checkpointPath: string, out: string): Promise<string> {
  const { strategy, model, settings, classes } = await loadModel(checkpointPath);
  const source = await openLarge(image);
  try {
    if (strategy.whole && !fitsWhole(source, settings))
      throw new RangeError(`predict: ${image} is too large for a view of the whole; use a zoom-in checkpoint.`);
    const prediction = await predictLarge(model, source, strategy, settings);
    const thumbnail = await thumbnailOf(source);
    const shown = { thumbnail, tile: settings.tile, truth: [], classes, label: null };
    const look = await lookOf(strategy.name, source, prediction, shown);
    await mkdir(dirname(out), { recursive: true });
    await writeFileAtomic(out, page("zoomin-prediction", { name: basename(image), look }));
    const ranked = classes
      .map((name, i) => ({ name, share: prediction.probabilities[i]! }))
      .sort((a, b) => b.share - a.share);
    return [
      `${basename(image)}, ${source.width} × ${source.height} pixels:`,
      ...ranked.map(({ name, share }) => `  ${name} ${(100 * share).toFixed(1)} %`),
      `Peak memory of the process (RSS): ${(peakBytes() / 1e6).toFixed(0)} MB.`,
      `Page: ${relative(process.cwd(), resolve(out))}`,
    ].join("\n");
  } finally {
    model.dispose();
    await source.close();
  }
}

async function loadModel(path: string) {
  const checkpoint = await loadCheckpoint(path);
  try {
    const { strategy: id, settings, classes } = (checkpoint.config ?? {}) as Saved;
    const strategy = STRATEGIES.find((known) => known.id === id);
    if (!strategy) throw new CheckpointError(`predict: ${path} is of no strategy of zoomin, but of \`${id}\`.`);
    const model = await strategy.build(settings, classes.length);
    loadWeights(model, checkpoint.weights);
    return { strategy, model, settings, classes };
  } finally {
    checkpoint.dispose();
  }
}
