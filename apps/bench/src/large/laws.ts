import type { Mode } from "../job.js";
import type { Row } from "../row.js";
import { findLargeCase, isNetwork, type Network, type NetworkCase } from "./cases.js";
import { fitLargest, fitSum, type Fit } from "./least-squares.js";
import type { NetworkFindings } from "./protocol.js";
import type { Settings } from "./settings.js";

/** The pixels that one stage of a network is given. */
interface Term {
  /**
   * The term as a formula. H W: the image's sides, h w: a patch's, t: a tile's, s: scales, N: patches, N′: distinct
   * tiles.
   */
  readonly of: string;
  /** The scale whose reads count. */
  readonly scale: (settings: Settings) => number;
  /** The number of reads that are in memory together. Default: all of them. */
  readonly together?: number;
}

/** The form of a law: the terms that the peak of a network's tensors, beyond its weights, is made of. */
interface Form {
  readonly network: Network;
  readonly mode: Mode;
  /** `sum`: the tape holds all stages. `largest`: each has given its memory back before the next one begins. */
  readonly join: "sum" | "largest";
  readonly terms: readonly Term[];
}

/** A form with the bytes a pixel of each term. */
export interface Law extends Omit<Form, "terms"> {
  readonly terms: readonly { readonly of: string; readonly bytesPerPixel: number | null }[];
  readonly r2: number | null;
  /** The largest relative error. */
  readonly worst: number | null;
  /** The number of observations that it is fitted to. */
  readonly observations: number;
}

const full: Term = { of: "HW", scale: () => 1 };
const view: Term = { of: "s²HW", scale: ({ scale }) => scale };
const views: Term = { of: "s₁²HW", scale: ({ scale }) => scale };
const tiles: Term = { of: "N′s₂²t²", scale: ({ secondScale }) => secondScale };
const patches: Term = { of: "N·hw", scale: () => 1 };

/** The views that `zoomIn` looks at together at inference, without a tape: so nothing of it grows with the image. */
const VIEWS_AT_ONCE = 32;
const fewViews: Term = { ...views, of: `${VIEWS_AT_ONCE}·s₁²t²`, together: VIEWS_AT_ONCE };
const fewTiles: Term = { ...tiles, together: VIEWS_AT_ONCE };

const FORMS: readonly Form[] = [
  { network: "full", mode: "train", join: "sum", terms: [full] },
  { network: "full", mode: "infer", join: "sum", terms: [full] },
  { network: "down-scaled", mode: "train", join: "sum", terms: [view] },
  { network: "down-scaled", mode: "infer", join: "sum", terms: [view] },
  { network: "attention", mode: "train", join: "sum", terms: [view, patches] },
  { network: "attention", mode: "infer", join: "largest", terms: [view, patches] },
  { network: "zoom-in", mode: "train", join: "sum", terms: [views, tiles, patches] },
  { network: "zoom-in", mode: "infer", join: "largest", terms: [fewViews, fewTiles, patches] },
];

/** The laws of all networks that there are rows of. A law needs at least one observation more than it has terms. */
export const lawsOf = (rows: readonly Row[]): Law[] =>
  FORMS.flatMap(({ terms, ...form }) => {
    const own = rows.filter((row) => row.mode === form.mode && caseOf(row)?.network === form.network).flatMap(found);
    if (own.length === 0) return [];
    const x = own.map((one) => terms.map((term) => pixelsOf(one, term.scale(one.settings), term.together)));
    const y = own.map(({ tensors }) => tensors.peak - tensors.held);
    const fit: Fit | null = own.length <= terms.length ? null : form.join === "sum" ? fitSum(x, y) : fitLargest(x, y);
    return {
      ...form,
      terms: terms.map(({ of }, j) => ({ of, bytesPerPixel: fit?.coefficients[j] ?? null })),
      ...{ r2: fit?.r2 ?? null, worst: fit?.worst ?? null, observations: own.length },
    };
  });

/** The network's case that a row is of; null for a source. */
function caseOf(row: Row): NetworkCase | null {
  const one = findLargeCase(row.case);
  return isNetwork(one) ? one : null;
}

const found = (row: Row): (NetworkFindings & Pick<NetworkCase, "settings">)[] =>
  row.observations.flatMap(({ network }) => (network ? [{ ...network, settings: caseOf(row)!.settings }] : []));

function pixelsOf({ reads }: NetworkFindings, scale: number, together = Infinity): number {
  const read = reads.find((one) => one.scale === scale);
  return read ? read.pixels * Math.min(1, together / read.count) : 0;
}
