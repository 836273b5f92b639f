import type { Check } from "@fovea/nn/testing";
import type { Fusion } from "../fusion.js";
import { onBench, type FusionContractOptions, type Law } from "./bench.js";
import * as gradients from "./gradients.js";
import * as life from "./life.js";
import * as values from "./values.js";

const laws = {
  "merges one view and many into one value of the same shape": values.mergesAnyNumber,
  "marks the real positions of a merged sequence": values.marksRealPositions,
  "keeps the rows of a batch apart": values.keepsRowsApart,
  "treats the order of views as `slots` says": values.treatsOrderAsDeclared,
  "listens to every real view": values.listensToEveryView,
  "reads a mask of ones as no mask": values.readsOnesAsNoMask,
  "ignores what a masked view holds": values.ignoresMaskedViews,
  "reads a masked view as one left out": values.readsMaskedAsAbsent,
  "survives a row without a real view": values.survivesEmptyRows,
  "refuses wrong input by name": values.refusesWrongInput,
  "has a gradient for every param and every real view": gradients.reachesEverything,
  "has no gradient for a masked view": gradients.sparesMaskedViews,
  "has the gradient that finite differences give": gradients.hasTrueGradients,
  "declares every variable it learns": gradients.declaresWhatItLearns,
  "leaves no tensor behind": life.leavesNothingBehind,
  "disposes nothing it was given": life.disposesNothingGiven,
  "gives the same twice": life.repeats,
  "gives the same after its weights are copied by name": life.restoresFromWeights,
} satisfies Record<string, Law>;

/** The name of a check. */
export type FusionLaw = keyof typeof laws;

/**
 * The contract of `Fusion` as checks, for any test runner:
 *
 *     for (const { name, run } of fusionContract({ make, views })) it(name, run);
 *
 * A check throws an Error that says what broke. Each makes its own instance, moves its params off their start by small
 * noise, and disposes it. Use small views: the gradient is compared with finite differences. Checks run on the current
 * backend, which must have its gradients registered.
 *
 * @param options - how to make one, and what it merges
 * @returns the checks, in the order in which a new fusion is best debugged
 */
export const fusionContract = <F extends Fusion>(options: FusionContractOptions<F>): readonly Check[] =>
  Object.entries(laws).map(([name, law]) => ({ name, run: () => onBench(options, law) }));
