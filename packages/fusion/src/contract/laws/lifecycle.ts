import * as tf from "@tensorflow/tfjs-core";
import { weightsOf } from "@fovea/nn";
import { assertNoLeak } from "@fovea/nn/testing";
import { sliceViews } from "../inputs.js";
import { assert } from "../items.js";
import type { Law, Trial } from "../trial.js";

export const leavesNothingBehind: Law = ({ fusion, merge, make, views, mask }) => {
  for (const some of [mask, null]) {
    assertNoLeak(() => merge(views, some));
    assertNoLeak(() => tf.grad((x) => merge(x, some))(views));
  }
  if (fusion.mergeMask) assertNoLeak(() => fusion.mergeMask!(mask, views.shape[2]!));
  assertNoLeak(() => make().dispose());
};

export const leavesInputAlone: Law = (trial) => {
  const { fusion, views, mask } = trial;
  const one = sliceViews(views, 0, 1); // the tempting case: nothing to merge
  for (const [some, its] of [
    [views, mask],
    [views, null],
    [one, null],
  ] as const) {
    const before = [some.dataSync().slice(), its?.dataSync().slice()];
    mergeAndDispose(trial, some, its);
    assert(!some.isDisposed, "disposed the views it was given, or returned them");
    assert(!its?.isDisposed, "disposed the mask it was given, or returned it");
    const after = [some.dataSync(), its?.dataSync()];
    assert(String(after) === String(before), "changed the numbers of the views or the mask it was given");
  }
  const gone = Object.entries(weightsOf(fusion)).find(([, weight]) => weight.isDisposed);
  assert(!gone, `disposed its own weight \`${gone?.[0]}\` while merging`);
};

/** Merges, and disposes the merged value, as its owner does: the caller. */
function mergeAndDispose({ fusion, merge }: Trial, views: tf.Tensor, mask: tf.Tensor2D | null): void {
  const merged = merge(views, mask);
  assert(!merged.isDisposed, "returned a tensor that is disposed");
  if (mask) fusion.mergeMask?.(mask, views.shape[2]!).dispose();
  merged.dispose();
}

export const leavesWeightsAlone: Law = ({ fusion, merge, views, mask, pass }) => {
  const weights = pass === "training" ? fusion.params : weightsOf(fusion); // training moves running statistics
  const numbers = () => Object.entries(weights).map(([key, weight]) => [key, String(weight.dataSync())] as const);
  const before = numbers();
  merge(views, mask);
  numbers().forEach(([key, after], i) => assert(after === before[i]![1], `merging changes the weight \`${key}\``));
};
