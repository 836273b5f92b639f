import { hybridFusion, meanFusion, tokenFusion } from "@fovea/fusion";
import { requireCounts, subSeed, type ImageEncoder, type Module } from "@fovea/nn";
import { assemble, fusionParts, type MultiViewClassifier } from "./multi-view-classifier.js";
import {
  resolvePipeline,
  tokenClassifier,
  tokenStem,
  tokenSteps,
  type PipelineConfig,
  type ResolvedPipeline,
  type Steps,
  type TokenClassifier,
} from "./pipeline.js";
import { foldViews, stepBySlot } from "./views.js";

/** What `mvHfmd` is made from. Plain JSON. */
export interface MvHfmdConfig extends PipelineConfig {
  /**
   * The largest number of views of a collection: view i is then marked with a learned embedding of its own, as the
   * authors' model always does, whether the views have fixed places (front, left, …) or not. `null`: views are a set
   * of any size, and their order makes no difference. Default `null`.
   */
  readonly slots?: number | null;
  /**
   * `true`: one transformer for every view and for their fusion, as in the authors' code. `false`: one a slot and one
   * for the fusion, slots + 1 in all, as the paper describes it; needs `slots`. Default `true`.
   */
  readonly shareEncoder?: boolean;
}

/** Defaults filled in; plain JSON, stored in checkpoints. */
export type ResolvedMvHfmd = ResolvedPipeline & Required<Pick<MvHfmdConfig, "slots" | "shareEncoder">>;

/** `fused`: one sequence over all views; `score`: mean of the single views' logits. */
export type MvHfmdBranch = "fused" | "score";

/** MV-HFMD: `single`, `fused` and `score` predictions of the same collection. */
export type MvHfmd = MultiViewClassifier<MvHfmdBranch, ResolvedMvHfmd>;

/**
 * Multi-view hybrid fusion with mutual distillation: a collection is classified view by view and, by the same
 * transformer, as one sequence over the tokens of all views.
 *
 *     z_i  = T([x_cls ; E(I_i)])                          single
 *     z'   = T([x_cls ; E(I_1) + e_1 ; … ; E(I_N) + e_N])  fused,  e_i = V_i / ‖V_i‖, only with `slots`
 *     z̄    = mean_i z_i                                   score
 *
 * E is the stem's map, projected, with positions; T is encoder, norm and a head that starts at zero. With `slots`,
 * the number of views, it is the model of the authors' code; without, it is that without e_i. Train it with
 * `mvHfmdLoss` of `@fovea/losses`. Ref: Black & Souvenir, "Multi-View Classification Using Hybrid Fusion and Mutual
 * Distillation", WACV 2024.
 *
 * @param stem - the CNN, owned once the model is made
 * @throws RangeError for a size that cannot be, a config that does not fit the stem, or `shareEncoder: false` without
 * `slots`
 */
export function mvHfmd(stem: ImageEncoder, config: MvHfmdConfig): MvHfmd {
  const resolved = resolveMvHfmd(stem, config);
  const { slots, shareEncoder } = resolved;
  const front = tokenStem(stem, resolved);
  const { branches } = hybridFusion({
    fused: tokenFusion({ dim: resolved.dim, slots, seed: subSeed(resolved.seed, "slots") }),
    score: meanFusion("logits"),
  });
  const back = shareEncoder ? sharedTransformer(resolved) : transformerBySlot(resolved, slots!);
  const image = foldViews(front.steps.image);
  const map = foldViews(front.steps.map);
  return assemble<MvHfmdBranch, ResolvedMvHfmd>({
    config: resolved,
    grid: front.grid,
    stem,
    branches,
    parts: { "": front, ...back.parts, ...fusionParts(branches) },
    viewSteps: { image, map, ...back.viewSteps },
    fusedSteps: () => ({ ...front.steps, ...back.fusedSteps }),
  });
}

/** @throws RangeError as `mvHfmd` */
function resolveMvHfmd(stem: ImageEncoder, config: MvHfmdConfig): ResolvedMvHfmd {
  const { slots = null, shareEncoder = true } = config;
  if (slots !== null) requireCounts("mvHfmd", { slots });
  if (!shareEncoder && slots === null)
    throw new RangeError(
      "mvHfmd: `shareEncoder: false` gives each slot its own transformer, so `slots` must be a number.",
    );
  return { ...resolvePipeline("mvHfmd", stem, config), slots, shareEncoder };
}

type TokenSteps = Pick<Steps, "tokens" | "vector">;

interface Back {
  readonly parts: Readonly<Record<string, Module>>;
  readonly viewSteps: TokenSteps;
  readonly fusedSteps: TokenSteps;
}

const foldBoth = ({ tokens, vector }: TokenSteps): TokenSteps => ({
  tokens: foldViews(tokens),
  vector: foldViews(vector),
});

function sharedTransformer(config: ResolvedMvHfmd): Back {
  const transformer = tokenClassifier(config, "transformer");
  const steps = tokenSteps(transformer);
  return { parts: { transformer }, viewSteps: foldBoth(steps), fusedSteps: steps };
}

function transformerBySlot(config: ResolvedMvHfmd, slots: number): Back {
  const bySlot = Array.from({ length: slots }, (_, slot) => tokenClassifier(config, `transformer.view${slot}`));
  const fused = tokenClassifier(config, "transformer.fused");
  const steps = bySlot.map((transformer) => tokenSteps(transformer));
  const named = bySlot.map((transformer, slot): [string, TokenClassifier] => [`transformer.view${slot}`, transformer]);
  return {
    parts: { ...Object.fromEntries(named), "transformer.fused": fused },
    viewSteps: {
      tokens: stepBySlot(steps.map((step) => step.tokens)),
      vector: stepBySlot(steps.map((step) => step.vector)),
    },
    fusedSteps: tokenSteps(fused),
  };
}
