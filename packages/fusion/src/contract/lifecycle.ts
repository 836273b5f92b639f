import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng, trainingContext, weightsOf } from "@fovea/nn";
import { assertNoLeak, perturbParams } from "@fovea/nn/testing";
import type { Fusion } from "../fusion.js";
import { mergedItems, sliceViews, type Property } from "./fixture.js";
import { assert, sameItems } from "./items.js";

export const leavesNothingBehind: Property = ({ fusion, options, views, mask, maxViews }) => {
  for (const some of [mask, null]) {
    assertNoLeak(() => fusion.merge(views, some, inferenceContext()));
    assertNoLeak(() => fusion.merge(views, some, trainingContext(rng(0))));
  }
  if (fusion.mergeMask) assertNoLeak(() => fusion.mergeMask!(mask, views.shape[2]!));
  assertNoLeak(() => options.make().dispose());
  assertNoLeak(() => tf.grad((x) => fusion.merge(x, maxViews > 1 ? mask : null, inferenceContext()))(views));
};

export const disposesNothingGiven: Property = ({ fusion, views, mask }) => {
  const one = sliceViews(views, 0, 1); // the tempting case: nothing to merge
  for (const [some, its] of [
    [views, mask],
    [views, null],
    [one, null],
  ] as const) {
    const merged = fusion.merge(some, its, inferenceContext());
    assert(!merged.isDisposed, `${fusion.name}: returned a tensor that is disposed.`);
    if (its) fusion.mergeMask?.(its, some.shape[2]!).dispose();
    merged.dispose(); // the caller's own
    assert(!some.isDisposed, `${fusion.name}: disposed the views it was given, or returned them.`);
    assert(!its?.isDisposed, `${fusion.name}: disposed the mask it was given, or returned it.`);
  }
  const gone = Object.entries(weightsOf(fusion)).find(([, weight]) => weight.isDisposed);
  assert(!gone, `${fusion.name}: disposed its own weight \`${gone?.[0]}\` while merging.`);
};

export const repeats: Property = ({ fusion, options, views, mask }) => {
  const seen = mergedItems(fusion, views, mask);
  assert(
    sameItems(mergedItems(fusion, views, mask), seen),
    `${fusion.name}: the same views merge to something else the second time.`,
  );
  const train = () => fusion.merge(views, mask, trainingContext(rng(3))).dataSync();
  const [once, twice] = [train(), train()];
  assert(
    once.every((value, i) => value === twice[i]),
    `${fusion.name}: the same random stream trains to something else.`,
  );
  withFresh(options.make, (a) =>
    withFresh(options.make, (b) =>
      assert(
        sameItems(mergedItems(a, views, mask), mergedItems(b, views, mask)),
        `${fusion.name}: two instances of one config differ.`,
      ),
    ),
  );
};

export const restoresFromWeights: Property = ({ fusion, options, views, mask }) => {
  withFresh(options.make, (fresh) => {
    mergedItems(fresh, views, mask); // whatever it remembers from here on must not outlive its weights
    perturbParams(fusion, 2);
    const [from, to] = [weightsOf(fusion), weightsOf(fresh)];
    const [saved, expected] = [Object.keys(from).sort().join(", "), Object.keys(to).sort().join(", ")];
    assert(saved === expected, `${fusion.name}: a fresh instance has the weights ${expected} instead of ${saved}.`);
    for (const [key, weight] of Object.entries(to)) weight.assign(tf.clone(from[key]!));
    const same = sameItems(mergedItems(fresh, views, mask), mergedItems(fusion, views, mask));
    assert(same, `${fusion.name}: a fresh instance with the same weights merges to something else.`);
  });
};

function withFresh(make: () => Fusion, use: (fusion: Fusion) => void): void {
  const fusion = make();
  try {
    use(fusion);
  } finally {
    fusion.dispose();
  }
}
