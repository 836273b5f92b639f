import type { BatchSource, Context, Module } from "@fovea/nn";
import type { DisposableBatch, Loss, ParamGroup, Schedule } from "@fovea/train";
import type * as tf from "@tensorflow/tfjs-core";
import type { DataSummary, Evaluation } from "./evaluation.js";
import type { Metric } from "./metric.js";
import type { Results, StageRecord } from "./results.js";
import type { Section } from "./section.js";
import type { SettingsOf, SettingsSpec } from "./settings.js";

/** Data that are ready: read, checked, encoded. All variants of one seed share them. */
export interface Prepared<Data> {
  /** What `build`, `stages`, `evaluate` and `explain` are given. */
  readonly data: Data;
  /** What reports say of the data. */
  readonly summary: DataSummary;
  /**
   * What a prediction needs beside the weights, such as the vocabulary of texts; plain JSON. It is stored in each
   * checkpoint. Default: nothing.
   */
  readonly saved?: unknown;
  /** Gives back what the data hold: tensors, files. */
  dispose?(): void | Promise<void>;
}

/** Where and how an experiment's functions run. */
export interface RunContext {
  /** `run` looks at one model closely, `results` compares several seeds. */
  readonly command: "run" | "results";
  /** A folder for the results, a file for each job, and what goes with them; several processes may share it. */
  readonly out: string;
  /** Whether jobs that are there are left as they are, and what an interrupted run left behind is gone on with. */
  readonly resume: boolean;
  /** Ids of the variants that will be trained, in the experiment's order. */
  readonly variants: readonly string[];
  /** Stops the work when it is aborted; a checkpoint is saved. Default: none. */
  readonly signal?: AbortSignal;
}

/** How an experiment is run. */
export interface RunOptions extends RunContext {
  /** Seeds `settings.seed`, `settings.seed + 1`, … */
  readonly seeds: number;
  /** Only the job of this name, or those whose names start so: `seed-1`, `seed-1/mc`, `grid`. Default: all. */
  readonly only?: string;
  /** What was typed, for the report. */
  readonly typed: string;
  /** The TensorFlow.js engine, for the report. */
  readonly engine: string;
}

/** One call of `fit`. The runner adds optimizer (AdamW), schedule (one-cycle), checkpoints, resuming and progress. */
export interface Stage<Batch extends tf.TensorContainer | DisposableBatch> {
  /** Names its checkpoints and curves where a variant has several stages. Default: none. */
  readonly name?: string;
  /** The training batches. */
  readonly batches: BatchSource<Batch>;
  /** Batches asked for ahead, as `fit` takes it: 0 where batches depend on the weights. Default 1. */
  readonly prefetch?: number;
  /** The scalar to minimize, as `fit` takes it. */
  loss(batch: Batch, ctx: Context): Loss;
  /** Passes over the batches. */
  readonly epochs: number;
  /** The highest rate of the one-cycle schedule. */
  readonly learningRate: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /**
   * The module that is trained, where it is more than the model: it has the model's params under their own names, and
   * others that training alone needs. These are in no checkpoint of the best epoch. Default: the model.
   */
  readonly module?: Module;
  /** Groups of params with an optimizer or factors of their own, as `paramGroups` of @fovea/train takes them. */
  readonly groups?: Readonly<Record<string, ParamGroup>>;
  /** Further schedules, such as that of the learning rate of a group, `learningRate/prefix`. Default: none. */
  readonly schedules?: Readonly<Record<string, Schedule>>;
  /** Longest gradient, all parameters together. Default: any. */
  readonly clipNorm?: number;
  /**
   * Measures on validation data after each epoch. The weights of the epoch with the highest `selectBy` of the
   * experiment are kept; without `validate` the last ones.
   */
  validate?(): Promise<Readonly<Record<string, number>>>;
  /** Measures on test data with the weights that were kept. */
  test?(): Promise<Evaluation>;
}

/** A stage that was trained before, such as once for several jobs by `madeOnce`: what `runStage` returned. */
export type TrainedStage = Omit<StageRecord, "test">;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each stage has batches of its own
type AnyStage = Stage<any> | TrainedStage;

/** One way to do what the experiment compares. */
export interface Variant<Settings, Data, Model extends Module> {
  /** In file names and on the command line: `mc`. */
  readonly id: string;
  /** In tables: "scratch, ξ a class, MC". */
  readonly name: string;
  /** One sentence: what it is. */
  readonly description: string;
  /** Id of the variant that it is compared with. */
  readonly baseline?: string | undefined;
  /** The untrained model. The runner disposes it. */
  build(settings: Settings, data: Data, context: RunContext): Model | Promise<Model>;
  /**
   * One after another; each is asked for when the one before it is trained and tested. One that was trained before
   * leaves the model with its weights, and is only recorded.
   */
  stages(model: Model, settings: Settings, data: Data): Iterable<AnyStage> | AsyncIterable<AnyStage>;
}

/** A variant to be trained with some settings: what one process does at a time, and one file. */
export interface Job<Settings> {
  /** Its file: `seed-0/mc`, or `grid/alpha-1-beta-5`. */
  readonly id: string;
  /** Id of the variant. */
  readonly variant: string;
  /** The settings that this variant is trained with. */
  readonly settings: Settings;
  /** Whether it is tested. Where settings are chosen by validation, test data are not looked at. Default true. */
  readonly tested?: boolean;
  /** The series of jobs beyond variants and seeds that it belongs to: `grid`. */
  readonly sweep?: string;
}

/** A model that a run has trained, as its checkpoint has it. */
export interface Trained<Settings, Model extends Module, V> {
  /** The model, with the weights of the checkpoint. */
  readonly model: Model;
  /** The variant that it was trained as. */
  readonly variant: V;
  /** Names of the classes, in the order of the logits. */
  readonly classes: readonly string[];
  /** The settings that it was trained with. */
  readonly settings: Settings;
  /** What `prepare` has saved beside the weights; undefined if nothing. */
  readonly saved: unknown;
}

/** How a prediction reads images, and says of what it could not read. */
export interface PredictOptions {
  /** Further tries of a read that fails. */
  readonly retries: number;
  /** The folder of the page, which exists, for files beside it, such as images that the model has made. */
  readonly folder: string;
  /** Takes a sentence on a part of an argument that is left out. */
  fail(message: string): void;
}

/** What a model says of images of one's own. */
export interface Predict<Settings, Model extends Module, V, Found> {
  /** What the arguments are: "folders of views, one an object". */
  readonly words: string;
  /** The checkpoint that is read if none is named, relative to the output folder of `run`. */
  readonly checkpoint: string;
  /** The model of a checkpoint, without its weights. `saved`: what `prepare` has saved beside them. */
  build(variant: V, settings: Settings, classes: readonly string[], saved: unknown): Model | Promise<Model>;
  /** What the model says of the images of one argument. @throws Error for one that cannot be read: it is left out */
  find(path: string, trained: Trained<Settings, Model, V>, options: PredictOptions): Promise<readonly Found[]>;
  /** What the page says of all that was found. */
  report(found: readonly Found[], trained: Trained<Settings, Model, V>): readonly Section[];
}

/**
 * A whole comparison as one value: what is varied, on which data, how it is trained and measured, and what its page
 * says. `experimentCommand` makes a command line of it.
 */
export interface Experiment<
  Spec extends SettingsSpec = SettingsSpec,
  Data = unknown,
  Model extends Module = Module,
  Figures = unknown,
  V extends Variant<SettingsOf<Spec>, Data, Model> = Variant<SettingsOf<Spec>, Data, Model>,
  Found = unknown,
> {
  /** On the command line and in paths: `mcloss`. */
  readonly id: string;
  /** Heading of the report and of the page. */
  readonly title: string;
  /** One sentence, for `--help`. */
  readonly description: string;
  /** What can be set; each setting that can be read from text is a flag. */
  readonly settings: Spec;
  /** Settings of `results`, where they are not those of `run`. */
  readonly resultsSettings?: Partial<SettingsOf<Spec>>;
  /** How each kind of measured number is called and written, by name. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** What `validate` of a stage measures and the best epoch has the most of. */
  readonly selectBy?: string;
  /** What is compared. */
  readonly variants: readonly V[];
  /** Ids of the variants that `run` compares unless it is told. Default: all. */
  readonly shown?: readonly string[];
  /** Reads what one seed of all variants needs. What cannot be is found out here, before hours are spent. */
  prepare(settings: SettingsOf<Spec>, context: RunContext): Promise<Prepared<Data>>;
  /** Measures a trained model on the test split. Default: nothing but what the stages measure. */
  evaluate?(model: Model, data: Data, settings: SettingsOf<Spec>, variant: V, context: RunContext): Promise<Evaluation>; // prettier-ignore
  /** Further jobs of `results`, once these rows are known: a grid, then what it chose. */
  sweeps?(results: Results<Figures>, settings: SettingsOf<Spec>): readonly Job<SettingsOf<Spec>>[];
  /** What `run` shows of a trained model beside numbers: images, attention maps. Plain JSON. */
  explain?(model: Model, data: Data, settings: SettingsOf<Spec>, variant: V, context: RunContext): Promise<Figures>; // prettier-ignore
  /** What the page says. The first table is what a terminal shows, too. */
  report(results: Results<Figures>): readonly Section[];
  /** Classifies images with a trained model. Default: there is no command `predict`. */
  readonly predict?: Predict<SettingsOf<Spec>, Model, NoInfer<V>, Found>;
}

/** A value of `Experiment`, with its types inferred. */
export const experiment = <
  Spec extends SettingsSpec,
  Data,
  Model extends Module,
  Figures = undefined,
  V extends Variant<SettingsOf<Spec>, Data, Model> = Variant<SettingsOf<Spec>, Data, Model>,
  Found = unknown,
>(
  value: Experiment<Spec, Data, Model, Figures, V, Found>,
): Experiment<Spec, Data, Model, Figures> => value;
