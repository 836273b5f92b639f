import { joinModules, type Module } from "@fovea/nn";
import type { Fusion } from "./fusion.js";

/** Several merge points at once; what each gives meets the others in the loss, or in an average of predictions. */
export interface HybridFusion<
  Branches extends Readonly<Record<string, Fusion>> = Readonly<Record<string, Fusion>>,
> extends Module {
  readonly branches: Branches;
}

/**
 * Names several fusions and owns them: params under `name.`, and `dispose` disposes every one. It has no `merge` of its
 * own, since its branches sit at different depths of the network; a model runs each where its `at` says.
 *
 * The hybrid of MV-HFMD: `hybridFusion({ fused: tokenFusion({ dim, slots }), score: meanFusion("logits") })`.
 *
 * Ref: Black & Souvenir 2024, "Multi-View Classification Using Hybrid Fusion and Mutual Distillation", WACV.
 * @throws RangeError without a branch
 */
export function hybridFusion<const Branches extends Readonly<Record<string, Fusion>>>(
  branches: Branches,
): HybridFusion<Branches> {
  if (Object.keys(branches).length === 0)
    throw new RangeError("hybridFusion: expected `branches` with at least one fusion, got {}.");
  return { ...joinModules(branches), branches };
}
