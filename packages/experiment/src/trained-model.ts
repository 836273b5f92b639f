import { loadWeights, type Module } from "@fovea/nn";
import { CheckpointError, loadCheckpoint } from "@fovea/train";

/** What a checkpoint of an experiment says of its model. */
export interface TrainedConfig<Settings> {
  readonly variant: string;
  readonly classes: readonly string[];
  /** The settings that results follow from. */
  readonly settings: Settings;
}

/**
 * The model of a checkpoint that a run of an experiment has written. The caller disposes it.
 *
 * @param id - of the experiment
 * @param build - the untrained model of a variant; undefined if there is no such variant
 * @throws CheckpointError for a file that cannot be read, or that no variant of the experiment has written
 */
export async function trainedModel<Settings, Model extends Module>(
  id: string,
  path: string,
  build: (config: TrainedConfig<Settings>) => Model | undefined | Promise<Model | undefined>,
): Promise<TrainedConfig<Settings> & { readonly model: Model }> {
  const checkpoint = await loadCheckpoint(path);
  try {
    const { experiment, ...config } = (checkpoint.config ?? {}) as { readonly experiment?: string } & TrainedConfig<Settings>; // prettier-ignore
    const model = experiment === id ? await build(config) : undefined;
    if (!model)
      throw new CheckpointError(`predict: ${path} is of no variant of ${id}, but of \`${experiment} ${config.variant}\`.`); // prettier-ignore
    loadWeights(model, checkpoint.weights);
    return { ...config, model };
  } finally {
    checkpoint.dispose();
  }
}
