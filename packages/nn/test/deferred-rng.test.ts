import { expect, it } from "vitest";
import { deferredRng, rng, type Rng } from "../src/index.js";

const drawn = (random: Rng) => [
  random.key,
  random.uint32(5),
  random.uniform(5, -1, 2),
  random.normal(5, 1, 3),
  random.integer(1000),
  random.permutation(7),
];

it("has the numbers of its source, and of what is split from it", () => {
  const [source, deferred] = [rng(3), deferredRng(() => rng(3))];
  expect(drawn(deferred)).toEqual(drawn(source));
  expect(drawn(deferred.split("a", 1).split("b"))).toEqual(drawn(source.split("a", 1).split("b")));
});

it("asks at each draw: what was split before the source changed draws from the new one", () => {
  let now = rng(3);
  const part = deferredRng(() => now).split("part");
  expect(part.uniform(4)).toEqual(rng(3).split("part").uniform(4));
  now = rng(4);
  expect(part.uniform(4)).toEqual(rng(4).split("part").uniform(4));
  expect(part.key).toEqual(rng(4).split("part").key);
});
