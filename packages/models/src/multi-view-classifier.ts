import * as tf from "@tensorflow/tfjs-core";
import { requireViews, type Fusion } from "@fovea/fusion";
import { joinModules, scope, type Context, type ImageEncoder, type Module } from "@fovea/nn";
import {
  resolvePipeline,
  tokenClassifier,
  tokenStem,
  tokenSteps,
  type PipelineConfig,
  type ResolvedPipeline,
  type Grid,
  type Steps,
} from "./pipeline.js";
import { eachView, fuse, lazyViews } from "./views.js";

/** The views of a batch of collections. */
export interface Views {
  /** Images [batch, view, height, width, channels], or with `from: "map"` what `encode` made of them. */
  readonly views: tf.Tensor;
  /** The point of the network where the views start. Default `"image"`. */
  readonly from?: "image" | "map";
  /** [batch, view], 1 where a view is real. Default: all are. */
  readonly mask?: tf.Tensor2D | null;
}

/** Classifies collections of views: each view alone (`single`), and together, once for each way to merge them. */
export interface MultiViewClassifier<Branch extends string = string, Config = ResolvedPipeline> extends Module {
  /** Plain JSON; with the stem, all it takes to build the model again. */
  readonly config: Config;
  /** Cells of the map that become one view's tokens. */
  readonly grid: Grid;
  readonly stem: ImageEncoder;
  readonly branches: Readonly<Record<Branch, Fusion>>;
  /**
   * Images [batch, view, height, width, channels] → the stem's maps [batch, view, height, width, channels]: what a
   * frozen stem lets you cache.
   */
  encode(images: tf.Tensor5D, ctx: Context): tf.Tensor5D;
  /**
   * Only what the asked-for outputs need is computed, and the stem runs at most once.
   * @param outputs - `"single"` → logits [batch, view, classes]; a branch's name → logits [batch, classes]
   */
  forward<const Outputs extends readonly (Branch | "single")[]>(
    views: Views,
    ctx: Context,
    outputs: Outputs,
  ): Logits<Outputs[number]>;
}

/** The type of each output that is asked for. */
export type Logits<Output extends string> = {
  [Name in Output]: Name extends "single" ? tf.Tensor3D : "single" extends Name ? tf.Tensor : tf.Tensor2D;
};

/**
 * A classifier of collections, with the views meeting where each fusion says.
 *
 * @param stem - owned once the model is made: `dispose` disposes it. Freeze it (`freeze(stem)`) to train on cached maps
 * @param branches - the ways to merge, by name; also owned
 * @throws RangeError for a size that cannot be, or a config that does not fit the stem
 */
export function multiViewClassifier<const Branch extends string>(
  stem: ImageEncoder,
  config: PipelineConfig,
  branches: Readonly<Record<Branch, Fusion>>,
): MultiViewClassifier<Branch> {
  const resolved = resolvePipeline("multiViewClassifier", stem, config);
  const front = tokenStem(stem, resolved);
  const classifier = tokenClassifier(resolved, "transformer");
  const steps: Steps = { ...front.steps, ...tokenSteps(classifier) };
  const parts = { "": front, transformer: classifier, ...fusionParts(branches) };
  const { grid } = front;
  return assemble({
    config: resolved,
    grid,
    stem,
    branches,
    parts,
    viewSteps: eachView(steps),
    fusedSteps: () => steps,
  });
}

/** Branch parameters under `fusion.<name>`. */
export const fusionParts = (branches: Readonly<Record<string, Fusion>>): Record<string, Module> =>
  Object.fromEntries(Object.entries(branches).map(([name, fusion]) => [`fusion.${name}`, fusion]));

interface Parts<Branch extends string, Config> {
  readonly config: Config;
  readonly grid: Grid;
  readonly stem: ImageEncoder;
  readonly branches: Readonly<Record<Branch, Fusion>>;
  readonly parts: Readonly<Record<string, Module>>;
  /** The steps for single views, on [batch, view, …]. */
  readonly viewSteps: Steps;
  /** The steps for merged views, on [batch, …]. */
  readonly fusedSteps: (branch: Branch) => Steps;
}

/** The classifier made of these parts. */
export function assemble<Branch extends string, Config>(
  made: Parts<Branch, Config>,
): MultiViewClassifier<Branch, Config> {
  const { config, grid, stem, branches, parts, viewSteps, fusedSteps } = made;
  return {
    ...joinModules(parts),
    config,
    grid,
    stem,
    branches,
    encode: (images, ctx) => viewSteps.image(images, ctx, null) as tf.Tensor5D,
    forward({ views, from = "image", mask = null }, ctx, outputs) {
      requireViews({ name: "multiViewClassifier", at: "image", slots: null }, views, mask);
      type Output = (typeof outputs)[number];
      return tf.tidy(() => {
        const at = lazyViews(viewSteps, views, from, scope(ctx, "single"));
        const output = (name: Output) =>
          name === "single"
            ? at("logits")
            : fuse(fusedSteps(name as Branch), branchOf(branches, name as Branch), at, mask, scope(ctx, name));
        return Object.fromEntries(outputs.map((name) => [name, output(name)])) as Logits<Output>;
      });
    },
  };
}

function branchOf<Branch extends string>(branches: Readonly<Record<Branch, Fusion>>, name: Branch): Fusion {
  const fusion = branches[name] as Fusion | undefined;
  if (!fusion)
    throw new RangeError(
      `multiViewClassifier: no output \`${name}\`; there are ${["single", ...Object.keys(branches)].join(", ")}.`,
    );
  return fusion;
}
