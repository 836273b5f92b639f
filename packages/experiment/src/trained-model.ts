import { loadWeights, type Module } from "@fovea/nn";
import { CheckpointError } from "@fovea/train";
import { loadCheckpoint } from "@fovea/train/node";
import type { Predict, Trained } from "./experiment.js";
import { defaultsOf, type SettingsOf, type SettingsSpec } from "./settings.js";

/** What a checkpoint of an experiment says of its model. */
interface SavedConfig {
  /** Id of the experiment. */
  readonly experiment?: string;
  /** Id of the variant. */
  readonly variant: string;
  /** Names of the classes, in the order of the logits. */
  readonly classes: readonly string[];
  /** The settings that results follow from. */
  readonly settings: object;
  /** What `prepare` has saved beside the weights. Default: nothing. */
  readonly saved?: unknown;
}

/** What makes the models of an experiment's checkpoints: a part of it. */
interface ModelMaker<Spec extends SettingsSpec, Model extends Module, V> {
  readonly id: string;
  readonly settings: Spec;
  readonly variants: readonly V[];
  /** Default: nothing, and all checkpoints are refused. */
  readonly predict?: Pick<Predict<SettingsOf<Spec>, Model, NoInfer<V>, never>, "build">;
}

/**
 * The model of a checkpoint that a run of an experiment has written. The caller disposes it.
 *
 * @throws CheckpointError for a file that cannot be read, or that no variant of the experiment has written
 * @throws RangeError for weights that do not fit the model that the checkpoint's settings make
 */
export async function trainedModel<Spec extends SettingsSpec, Model extends Module, V extends { readonly id: string }>(
  { id, variants, settings: spec, predict }: ModelMaker<Spec, Model, V>,
  path: string,
): Promise<Trained<SettingsOf<Spec>, Model, V>> {
  const checkpoint = await loadCheckpoint(path);
  try {
    const config = (checkpoint.config ?? {}) as SavedConfig;
    const variant = config.experiment === id ? variants.find((one) => one.id === config.variant) : undefined;
    if (!variant || !predict)
      throw new CheckpointError(`predict: ${path} is of no variant of ${id}, but of \`${config.experiment} ${config.variant}\`.`); // prettier-ignore
    const { classes, saved } = config;
    const settings = { ...defaultsOf(spec), ...config.settings };
    const model = await predict.build(variant, settings, classes, saved);
    try {
      loadWeights(model, checkpoint.weights);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return { model, variant, classes, settings, saved };
  } finally {
    checkpoint.dispose();
  }
}
