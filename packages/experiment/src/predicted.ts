import type { Experiment, PredictOptions } from "./experiment.js";
import type { Section } from "./section.js";
import { trainedModel } from "./trained-model.js";

/**
 * What the model of a checkpoint says of images of one's own, and a sentence for each that could not be read.
 *
 * @throws Error if none could be
 */
export async function predicted(
  experiment: Experiment,
  paths: readonly string[],
  checkpoint: string,
  { retries, folder }: Pick<PredictOptions, "retries" | "folder">,
): Promise<{ readonly sections: readonly Section[]; readonly failures: readonly string[] }> {
  const { find, report } = experiment.predict!;
  const trained = await trainedModel(experiment, checkpoint);
  const [found, failures]: [unknown[], string[]] = [[], []];
  const fail = (message: string) => void failures.push(message);
  try {
    for (const path of paths)
      await find(path, trained, { retries, folder, fail }).then(
        (some) => found.push(...some),
        (error: Error) => fail(error.message),
      );
  } finally {
    trained.model.dispose();
  }
  if (found.length === 0)
    throw new Error(`predict: no image can be read in ${paths.join(", ")}. ${failures.join(" ")}`);
  return { sections: report(found, trained), failures };
}
