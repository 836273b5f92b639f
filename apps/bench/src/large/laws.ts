import type { Mode } from "../job.js";
import type { Network } from "./job.js";
import { fitLargest, fitSum, type Fit } from "./least-squares.js";
import type { NetworkFound } from "./protocol.js";
import { networkRows, type LargeRow, type NetworkRow } from "./row.js";

/** The pixels that one stage of a network is given. */
interface Term {
  /**
   * As it is written. H W: the picture's sides, h w: a patch's, t: a tile's, s: scales, N: patches, N′: distinct tiles.
   */
  readonly of: string;
  /** Of all reads at this scale. */
  readonly scale: (row: NetworkRow) => number;
  /** Reads that are in memory together. Default: all of them. */
  readonly together?: number;
}

/** What the peak of a network's tensors, beyond its weights, is made of. */
interface Form {
  readonly network: Network;
  readonly mode: Mode;
  /** `sum`: the tape holds all stages. `largest`: each has given its memory back before the next one begins. */
  readonly join: "sum" | "largest";
  readonly terms: readonly Term[];
}

/** Bytes a pixel of each term, from the rows there are. */
export interface Law extends Omit<Form, "terms"> {
  readonly terms: readonly { readonly of: string; readonly bytesPerPixel: number | null }[];
  readonly r2: number | null;
  /** The largest relative error. */
  readonly worst: number | null;
  readonly rows: number;
}

const full: Term = { of: "HW", scale: () => 1 };
const view: Term = { of: "s²HW", scale: ({ settings }) => settings.scale };
const views: Term = { of: "s₁²HW", scale: ({ settings }) => settings.scale };
const tiles: Term = { of: "N′s₂²t²", scale: ({ settings }) => settings.secondScale };
const patches: Term = { of: "N·hw", scale: () => 1 };

/** What `zoomIn` looks at together at inference, where it has no tape: so nothing of it grows with the picture. */
const TOGETHER = 32;
const fewViews: Term = { ...views, of: `${TOGETHER}·s₁²t²`, together: TOGETHER };
const fewTiles: Term = { ...tiles, of: "N′s₂²t²", together: TOGETHER };

export const FORMS: readonly Form[] = [
  { network: "full", mode: "train", join: "sum", terms: [full] },
  { network: "full", mode: "infer", join: "sum", terms: [full] },
  { network: "down-scaled", mode: "train", join: "sum", terms: [view] },
  { network: "down-scaled", mode: "infer", join: "sum", terms: [view] },
  { network: "attention", mode: "train", join: "sum", terms: [view, patches] },
  { network: "attention", mode: "infer", join: "largest", terms: [view, patches] },
  { network: "zoom-in", mode: "train", join: "sum", terms: [views, tiles, patches] },
  { network: "zoom-in", mode: "infer", join: "largest", terms: [fewViews, fewTiles, patches] },
];

/** The laws of all networks that there are rows of. Fewer rows than terms and one say nothing about a law. */
export const lawsOf = (rows: readonly LargeRow[]): Law[] =>
  FORMS.flatMap(({ terms, ...form }) => {
    const own = networkRows(rows).filter(
      ({ network, mode, found }) => network === form.network && mode === form.mode && found,
    );
    if (own.length === 0) return [];
    const x = own.map((row) => terms.map((term) => pixelsOf(row.found!, term.scale(row), term.together)));
    const y = own.map(({ found }) => found!.tensors.peak - found!.tensors.held);
    const fit: Fit | null = own.length <= terms.length ? null : form.join === "sum" ? fitSum(x, y) : fitLargest(x, y);
    return {
      ...form,
      terms: terms.map(({ of }, j) => ({ of, bytesPerPixel: fit?.coefficients[j] ?? null })),
      ...{ r2: fit?.r2 ?? null, worst: fit?.worst ?? null, rows: own.length },
    };
  });

function pixelsOf({ reads }: NetworkFound, scale: number, together = Infinity): number {
  const read = reads.find((one) => one.scale === scale);
  return read ? read.pixels * Math.min(1, together / read.count) : 0;
}
