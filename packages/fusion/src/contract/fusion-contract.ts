import type { Check } from "@fovea/nn/testing";
import type { Fusion } from "../fusion.js";
import { withFixture, type FusionContractOptions, type Property } from "./fixture.js";
import * as gradients from "./gradients.js";
import * as lifecycle from "./lifecycle.js";
import * as values from "./values.js";

const properties = {
  "merges one view and many into one value of the same shape": values.mergesAnyNumber,
  "marks the real positions of a merged sequence": values.marksRealPositions,
  "merges the rows of a batch independently": values.mergesRowsIndependently,
  "depends on the order of views only with `slots`": values.dependsOnOrderOnlyWithSlots,
  "depends on every real view": values.dependsOnEveryView,
  "treats a mask of ones like no mask": values.treatsOnesLikeNoMask,
  "ignores the values of a masked view": values.ignoresMaskedViews,
  "treats a masked view like a view that is left out": values.treatsMaskedLikeLeftOut,
  "gives finite values for a row without a real view": values.isFiniteForEmptyRows,
  "refuses wrong input by name": values.refusesWrongInput,
  "has a gradient for every param and every real view": gradients.reachesParamsAndViews,
  "has no gradient for a masked view": gradients.hasNoGradientForMaskedViews,
  "has the gradient that finite differences give": gradients.hasTrueGradients,
  "declares every variable it learns": gradients.declaresWhatItLearns,
  "leaves no tensor behind": lifecycle.leavesNothingBehind,
  "disposes nothing it was given": lifecycle.disposesNothingGiven,
  "gives the same twice": lifecycle.repeats,
  "gives the same after its weights are copied by name": lifecycle.restoresFromWeights,
} satisfies Record<string, Property>;

/** The name of one check of `fusionContract`. */
export type FusionCheckName = keyof typeof properties;

/**
 * Checks that a fusion keeps every promise of `Fusion`, with any test runner:
 *
 *     for (const { name, run } of fusionContract({ make, views })) it(name, run);
 *
 * A check that fails throws an Error that says what is wrong. Each check makes its own instance, adds small noise to
 * its params, and disposes it. Use small views: the gradient is compared with finite differences. The checks run on the
 * current backend, which must have its gradients registered.
 *
 * @returns the checks, in the order in which a new fusion is best debugged
 */
export const fusionContract = <F extends Fusion>(options: FusionContractOptions<F>): readonly Check[] =>
  Object.entries(properties).map(([name, property]) => ({ name, run: () => withFixture(options, property) }));
