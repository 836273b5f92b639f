import type { EngineName } from "@fovea/engine";
import { MODES, type Mode } from "../job.js";
import { BASE, type Settings, type Variations } from "./settings.js";

/** All with one feature network, and what they give it. */
export const NETWORKS = ["full", "down-scaled", "attention", "zoom-in"] as const;
export type Network = (typeof NETWORKS)[number];

/** What tells the terms of a network's law apart. A Zoom-In whose two stages see the same scale would be none. */
const VARIATIONS: Readonly<Record<Network, Variations>> = {
  full: {},
  "down-scaled": { scale: [1 / 16, 1 / 4] },
  attention: { samples: [4, 16], scale: [1 / 4, 1 / 2], patch: [128, 192] },
  "zoom-in": { samples: [4, 16], scale: [1 / 16, 3 / 16], secondScale: [3 / 8, 1 / 2], patch: [128, 192] },
};

/** What can be asked for by itself. */
export const PARTS = ["sizes", "laws", "huge", "sources"] as const;
export type Part = (typeof PARTS)[number];

/** What one row of networks measures. */
export interface NetworkJob {
  readonly part: Exclude<Part, "sources">;
  readonly network: Network;
  readonly mode: Mode;
  /** Of the picture, in pixels. */
  readonly side: number;
  readonly settings: Settings;
  /** null: the best that works. */
  readonly engine: EngineName | null;
}

/** Where tiles come from: by name, what is measured in a process of its own. */
export const SOURCES = ["tiledImage", "geotiffSource", "Deep Zoom", "pixelsSource", "tensorSource", "Scene"] as const;
export type SourceName = (typeof SOURCES)[number];

export interface SourceJob {
  readonly part: "sources";
  readonly source: SourceName;
  readonly side: number;
  readonly engine: EngineName | null;
}

export type LargeJob = NetworkJob | SourceJob;

/** What to measure. */
export interface LargePlan {
  readonly parts: readonly Part[];
  readonly networks: readonly Network[];
  readonly sides: readonly number[];
  readonly huge: readonly number[];
  /** Processes for each of these: what one takes at the most differs from process to process. */
  readonly hugeProcesses: number;
  readonly engine: EngineName | null;
}

/**
 * Small pictures first. Laws are found in the rows of all sides, and in rows of one side, the middle one, in which one
 * thing at a time is not as everywhere else. Sources are read at the largest side that networks are compared at.
 */
export function planLarge({ parts, networks, sides, huge, hugeProcesses, engine }: LargePlan): LargeJob[] {
  const has = (part: Part) => parts.includes(part);
  const ascending = sides.toSorted((a, b) => a - b);
  const middle = ascending[Math.floor(ascending.length / 2)]!;
  const job = (part: NetworkJob["part"], network: Network, mode: Mode, side: number, settings = BASE): NetworkJob => ({
    ...{ part, network, mode, side, settings, engine },
  });
  const sizes = ascending.flatMap((side) =>
    networks.flatMap((network) => MODES.map((mode) => job("sizes", network, mode, side))),
  );
  const laws = networks.flatMap((network) =>
    variationsOf(network).flatMap((settings) => MODES.map((mode) => job("laws", network, mode, middle, settings))),
  );
  const jobs = {
    sizes,
    laws,
    huge: Array.from({ length: hugeProcesses }, () =>
      huge.toSorted((a, b) => a - b).map((side) => job("huge", "zoom-in", "infer", side)),
    ).flat(),
    sources: SOURCES.map((source): SourceJob => ({ part: "sources", source, side: ascending.at(-1)!, engine })),
  };
  return PARTS.filter(has).flatMap((part): LargeJob[] => jobs[part]);
}

const variationsOf = (network: Network): Settings[] =>
  Object.entries(VARIATIONS[network]).flatMap(([name, values]) => values.map((value) => ({ ...BASE, [name]: value })));
