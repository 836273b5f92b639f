import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng, trainingContext, weightsOf } from "@fovea/nn";
import { assertNoLeak } from "@fovea/nn/testing";
import type { Fusion } from "../fusion.js";
import { see, stir, takeViews, type Law } from "./bench.js";
import { insist, sameItems } from "./items.js";

export const leavesNothingBehind: Law = ({ fusion, options, views, mask, most }) => {
  for (const some of [mask, null]) {
    assertNoLeak(() => fusion.merge(views, some, inferenceContext()));
    assertNoLeak(() => fusion.merge(views, some, trainingContext(rng(0))));
  }
  if (fusion.mergeMask) assertNoLeak(() => fusion.mergeMask!(mask, views.shape[2]!));
  assertNoLeak(() => options.make().dispose());
  assertNoLeak(() => tf.grad((x) => fusion.merge(x, most > 1 ? mask : null, inferenceContext()))(views));
};

export const disposesNothingGiven: Law = ({ fusion, views, mask }) => {
  const one = takeViews(views, 0, 1); // the tempting case: nothing to merge
  for (const [some, its] of [
    [views, mask],
    [views, null],
    [one, null],
  ] as const) {
    const merged = fusion.merge(some, its, inferenceContext());
    insist(!merged.isDisposed, `${fusion.name}: returned a tensor that is disposed.`);
    if (its) fusion.mergeMask?.(its, some.shape[2]!).dispose();
    merged.dispose(); // the caller's own
    insist(!some.isDisposed, `${fusion.name}: disposed the views it was given, or returned them.`);
    insist(!its?.isDisposed, `${fusion.name}: disposed the mask it was given, or returned it.`);
  }
  const gone = Object.entries(weightsOf(fusion)).find(([, weight]) => weight.isDisposed);
  insist(!gone, `${fusion.name}: disposed its own weight \`${gone?.[0]}\` while merging.`);
};

export const repeats: Law = ({ fusion, options, views, mask }) => {
  const seen = see(fusion, views, mask);
  insist(
    sameItems(see(fusion, views, mask), seen),
    `${fusion.name}: the same views merge to something else the second time.`,
  );
  const train = () => fusion.merge(views, mask, trainingContext(rng(3))).dataSync();
  const [once, twice] = [train(), train()];
  insist(
    once.every((value, i) => value === twice[i]),
    `${fusion.name}: the same random stream trains to something else.`,
  );
  withFresh(options.make, (a) =>
    withFresh(options.make, (b) =>
      insist(
        sameItems(see(a, views, mask), see(b, views, mask)),
        `${fusion.name}: two instances of one config differ.`,
      ),
    ),
  );
};

export const restoresFromWeights: Law = ({ fusion, options, views, mask }) => {
  withFresh(options.make, (fresh) => {
    see(fresh, views, mask); // whatever it remembers from here on must not outlive its weights
    stir(fusion, 2);
    const [from, to] = [weightsOf(fusion), weightsOf(fresh)];
    const [saved, expected] = [Object.keys(from).sort().join(", "), Object.keys(to).sort().join(", ")];
    insist(saved === expected, `${fusion.name}: a fresh instance has the weights ${expected} instead of ${saved}.`);
    for (const [key, weight] of Object.entries(to)) weight.assign(tf.clone(from[key]!));
    const same = sameItems(see(fresh, views, mask), see(fusion, views, mask));
    insist(same, `${fusion.name}: a fresh instance with the same weights merges to something else.`);
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
