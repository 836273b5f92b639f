import type { Check } from "@fovea/nn/testing";
import type { Fusion } from "../fusion.js";
import * as config from "./laws/config.js";
import * as gradients from "./laws/gradients.js";
import * as instances from "./laws/instances.js";
import * as lifecycle from "./laws/lifecycle.js";
import * as masks from "./laws/masks.js";
import * as shapes from "./laws/shapes.js";
import * as views from "./laws/views.js";
import type { FusionContractOptions } from "./options.js";
import { tryLaw, type Law, type TriedLaw } from "./trial.js";

const few = (max: number) => [...new Set([1, Math.min(2, max), max])];
const ends = (max: number) => [...new Set([1, max])];
const most = (max: number) => [max];

/** In every pass. */
const always = (law: Law, counts = few): TriedLaw => ({ law, counts, evenIfRandom: true });

/** In inference, and in training only if nothing is random there. */
const unlessRandom = (law: Law, counts = few): TriedLaw => ({ law, counts, evenIfRandom: false });

const laws = {
  "declares its name, its place and its slots": always(shapes.declaresItself, most),
  "merges one view and many into one value of the same shape": always(shapes.mergesIntoOneShape),
  "marks the real positions of a merged sequence": always(shapes.marksRealPositions),
  "merges the rows of a batch independently": unlessRandom(views.mergesRowsIndependently),
  "depends on the order of views only with `slots`": unlessRandom(views.dependsOnOrderOnlyWithSlots),
  "keeps every view in its slot": unlessRandom(views.keepsViewsInTheirSlots),
  "depends on every real view": unlessRandom(views.dependsOnEveryView),
  "treats a mask of ones like no mask": always(masks.treatsOnesLikeNoMask),
  "reads every number but 0 in a mask alike": always(masks.readsMasksAlike),
  "ignores the values of a masked view": always(masks.ignoresMaskedViews),
  "treats a masked view like a view that is left out": unlessRandom(masks.treatsMaskedLikeLeftOut),
  "gives finite values for a row without a real view": always(masks.isFiniteForEmptyRows),
  "refuses wrong input by name": always(shapes.refusesWrongInput, most),
  "has a gradient for every param": unlessRandom(gradients.reachesParams, most),
  "has a gradient for every real view": unlessRandom(gradients.reachesViews, ends),
  "has no gradient for a masked view": always(gradients.hasNoGradientForMaskedViews, ends),
  "has the gradient that finite differences give": always(gradients.hasTrueGradients, ends),
  "stays finite for zeros and large numbers": always(gradients.staysFinite, ends),
  "declares every variable it learns": always(gradients.declaresWhatItLearns, most),
  "leaves no tensor behind": always(lifecycle.leavesNothingBehind, ends),
  "disposes and changes nothing it was given": always(lifecycle.leavesInputAlone, ends),
  "changes no weight": always(lifecycle.leavesWeightsAlone, most),
  "gives the same twice": always(instances.repeats, most),
  "forgets earlier calls": always(instances.forgetsEarlierCalls, most),
  "shares nothing with another instance": always(instances.sharesNothing, most),
  "gives the same after its weights are copied by name": always(instances.restoresFromWeights, most),
  "is made from a config of plain JSON": always(config.isMadeFromJson, most),
  "refuses a wrong config before it allocates": always(config.refusesWrongConfigs, most),
  "starts from its seed": always(config.startsFromItsSeed, most),
} satisfies Record<string, TriedLaw>;

/** The name of one law of `fusionContract`. */
export type FusionLawName = keyof typeof laws;

/**
 * Checks that a fusion keeps every promise of `Fusion`, with any test runner:
 *
 *     for (const { name, run } of fusionContract({ make, config, views })) it(name, run);
 *
 * There is one check for each law. It tries several numbers of views, in inference and in training, and throws an Error
 * that names the law, what is wrong, and the number of views, the mask and the kind of pass it was seen with. Where
 * training draws random numbers (dropout) or has running statistics, the laws that cannot hold then, such as that the
 * order of a set does not matter, are tried in inference only. Each trial makes its own instance, adds small noise to
 * its params, and disposes it. Use small views: the gradient is compared with finite differences. The checks run on the
 * current backend, which must have its gradients registered.
 *
 * @returns the checks, in the order in which a new fusion is best debugged
 */
export const fusionContract = <F extends Fusion, Config = unknown>(
  options: FusionContractOptions<F, Config>,
): readonly Check[] =>
  Object.entries(laws).map(([name, law]) => ({ name, run: () => tryLaw(name, law, options as FusionContractOptions) }));
