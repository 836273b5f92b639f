import type { EngineName } from "@fovea/engine";
import type { Case } from "./cases/case.js";

export const MODES = ["infer", "train"] as const;
export type Mode = (typeof MODES)[number];

/** The same in another library, to be measured beside the engines: `peer/` has it in PyTorch. */
export const PEERS = ["pytorch", "pytorch-compile"] as const;
export type Peer = (typeof PEERS)[number];

/** Who computes: an engine of tfjs, or a peer. */
export type Runner = EngineName | Peer;
export const isPeer = (runner: Runner | null): runner is Peer => PEERS.some((peer) => peer === runner);

/** What one row measures. */
export interface Job {
  readonly case: string;
  /** null: the best that works. */
  readonly engine: Runner | null;
  readonly mode: Mode;
  readonly batch: number;
  /** 1 where a sample is a single thing. */
  readonly views: number;
  /** Side of a picture; null where there is none. */
  readonly image: number | null;
  readonly seed: number;
}

/** Everything but the engine, in one line. */
export const taskOf = ({ case: name, mode, batch, views, image, seed }: Job): string =>
  [name, mode, batch, views, image ?? 0, seed].join(" ");

export const sameButEngine = (a: Job, b: Job): boolean => taskOf(a) === taskOf(b);

/** How long a process measures: at least `time` ms and at least `steps` steps. */
export interface Budget {
  readonly time: number;
  readonly steps: number;
}

/** What to cross with the cases. null: each case's own. */
export interface Sweep {
  readonly engines: readonly (Runner | null)[];
  readonly modes: readonly Mode[];
  readonly batches: readonly number[] | null;
  readonly views: readonly number[];
  readonly image: number | null;
  readonly seed: number;
}

/** Every combination, the engines in turn: what is compared is measured within the same minutes. */
export const plan = (cases: readonly Case[], sweep: Sweep): Job[] =>
  cases.flatMap(({ name, batch, image, multiView, modes = MODES }) =>
    (multiView ? sweep.views : [1]).flatMap((views) =>
      (sweep.batches ?? [batch]).flatMap((batch) =>
        sweep.modes
          .filter((mode) => modes.includes(mode))
          .flatMap((mode) =>
            sweep.engines.map((engine) => ({
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
