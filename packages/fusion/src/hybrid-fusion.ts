import { joinModules, type Module } from "@fovea/nn";
import type { Fusion } from "./fusion.js";

/** Several fusions of one network. Their predictions are combined in the loss, or by averaging. */
export interface HybridFusion<
  Branches extends Readonly<Record<string, Fusion>> = Readonly<Record<string, Fusion>>,
> extends Module {
  /** The fusions by name. */
  readonly branches: Branches;
}

/**
 * Joins several named fusions into one module: their params are named `name.…`, and `dispose` disposes all of them. It
 * has no `merge`, since the fusions are at different depths of the network; the model runs each one at its `at`.
 *
 * The hybrid of MV-HFMD: `hybridFusion({ fused: tokenFusion({ dim, slots }), score: meanFusion("logits") })`.
 *
 * Ref: Black & Souvenir 2024, "Multi-View Classification Using Hybrid Fusion and Mutual Distillation", WACV.
 * @throws RangeError if there is no fusion
 */
export function hybridFusion<const Branches extends Readonly<Record<string, Fusion>>>(
  branches: Branches,
): HybridFusion<Branches> {
  if (Object.keys(branches).length === 0)
    throw new RangeError("hybridFusion: expected `branches` with at least one fusion, got {}.");
  return { ...joinModules(branches), branches };
}
