import type { EngineName } from "@fovea/engine";
import type { Case } from "./cases/case.js";

export const MODES = ["infer", "train"] as const;
export type Mode = (typeof MODES)[number];

/** What one row measures. */
export interface Job {
  readonly case: string;
  /** null: the best that works. */
  readonly engine: EngineName | null;
  readonly mode: Mode;
  readonly batch: number;
  /** 1 where a sample is a single thing. */
  readonly views: number;
  /** Side of a picture; null where there is none. */
  readonly image: number | null;
  readonly seed: number;
}

/** How long a process measures: at least `time` ms and at least `steps` steps. */
export interface Budget {
  readonly time: number;
  readonly steps: number;
}

/** What to cross with the cases. null: each case's own. */
export interface Sweep {
  readonly engines: readonly (EngineName | null)[];
  readonly modes: readonly Mode[];
  readonly batches: readonly number[] | null;
  readonly views: readonly number[];
  readonly image: number | null;
  readonly seed: number;
}

/** Every combination, engine by engine. */
export const plan = (cases: readonly Case[], sweep: Sweep): Job[] =>
  sweep.engines.flatMap((engine) =>
    cases.flatMap(({ name, batch, image, multiView }) =>
      (multiView ? sweep.views : [1]).flatMap((views) =>
        (sweep.batches ?? [batch]).flatMap((batch) =>
          sweep.modes.map((mode) => ({
            case: name,
            engine,
            mode,
            batch,
            views,
            image: image === null ? null : (sweep.image ?? image.full),
            seed: sweep.seed,
          })),
        ),
      ),
    ),
  );
