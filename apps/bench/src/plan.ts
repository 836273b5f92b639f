import type { CaseInfo } from "./cases/case.js";
import type { Job, Mode, Runner } from "./job.js";

/** The values that every case is crossed with; null for each case's own. */
export interface Grid {
  readonly engines: readonly (Runner | null)[];
  readonly modes: readonly Mode[];
  readonly batches: readonly number[] | null;
  readonly views: readonly number[];
  readonly images: readonly number[] | null;
  readonly seed: number;
  /** Numbers of threads. Default: each runner's own. */
  readonly threads?: readonly number[];
}

/**
 * A job for every combination; the engines take turns, so that what is compared is measured within the same minutes.
 */
export const plan = (cases: readonly CaseInfo[], grid: Grid): Job[] =>
  cases.flatMap((one) =>
    (one.multiView ? grid.views : [1]).flatMap((views) =>
      (grid.batches ?? [one.batch].flat()).flatMap((batch) =>
        imagesOf(one, grid).flatMap((image) =>
          modesOf(one, grid).flatMap((mode) =>
            threadsOf(grid).flatMap((threads) =>
              grid.engines.map((engine): Job => ({
                ...{ case: one.name, engine, mode, batch, views, image, seed: grid.seed, ...threads },
              })),
            ),
          ),
        ),
      ),
    ),
  );

const threadsOf = ({ threads }: Grid): readonly Pick<Job, "threads">[] =>
  threads?.map((count) => ({ threads: count })) ?? [{}];

const modesOf = ({ modes = ["infer", "train"] }: CaseInfo, grid: Grid): readonly Mode[] =>
  grid.modes.filter((mode) => modes.includes(mode));

function imagesOf({ image }: CaseInfo, { images }: Grid): readonly (number | null)[] {
  if (image === null) return [null];
  const sides = (images ?? [image.full].flat()).toSorted((a, b) => a - b);
  const place = { all: null, middle: Math.floor(sides.length / 2), largest: sides.length - 1 }[image.at ?? "all"];
  return place === null ? sides : [sides[place]!];
}
