import type { Pixels, Rng } from "@fovea/nn";

/** An image to a new image: a pure function of both arguments, which never writes into its input. */
export type Transform = (image: Pixels, rng: Rng) => Pixels;

/** All views of a collection at once. */
export type CollectionTransform = (views: readonly Pixels[], rng: Rng) => readonly Pixels[];

/** One after the other, each with its own random stream. Works for both kinds of transform. */
export const compose =
  <T>(...steps: readonly ((x: T, rng: Rng) => T)[]): ((x: T, rng: Rng) => T) =>
  (x, rng) =>
    steps.reduce((y, step, i) => step(y, rng.split(i)), x);

/** Applies a transform with the same random choices to every view of a collection. */
export const consistent =
  (transform: Transform): CollectionTransform =>
  (views, rng) =>
    views.map((view) => transform(view, rng));

/** Other random choices for each view. */
export const perView =
  (transform: Transform): CollectionTransform =>
  (views, rng) =>
    views.map((view, v) => transform(view, rng.split("view", v)));

/** Applies `transform`, of whichever kind, in a share `probability` of the cases. */
export const sometimes =
  <T>(probability: number, transform: (x: T, rng: Rng) => T): ((x: T, rng: Rng) => T) =>
  (x, rng) =>
    rng.split("whether").uniform(1)[0]! < probability ? transform(x, rng.split("what")) : x;

/** One number uniform in [low, high), from its own stream. */
export const between = (rng: Rng, name: string, low: number, high: number): number =>
  rng.split(name).uniform(1, low, high)[0]!;
