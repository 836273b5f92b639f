import type { Law } from "../large/laws.js";
import type { LargeResults } from "../large/results.js";
import { networkRows, sourceRows, type LargeRow, type NetworkRow, type SourceRow } from "../large/row.js";
import { BASE, fraction, type Settings } from "../large/settings.js";
import { median } from "../statistics.js";
import { compact } from "./format.js";

/** A table for a terminal or a page. */
export interface Cells {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** So many columns hold words. */
  readonly names: number;
  /** Sentences under it. */
  readonly notes: readonly string[];
}

/** All tables of which there is a row. */
export const largeTables = ({ rows, laws, checks }: LargeResults): Cells[] => {
  const networks = networkRows(rows);
  const part = (name: LargeRow["part"]) => networks.filter((row) => row.part === name);
  const said = checks.map(({ what, found, holds }) => `${what}: ${found}, ${holds ? "holds" : "DOES NOT HOLD"}`);
  return [
    networkTable("One picture, by its side", part("sizes"), [BASICS]),
    networkTable("One thing changed", part("laws")),
    networkTable("Very large pictures", part("huge"), said),
    lawTable(laws),
    sourceTable(sourceRows(rows)),
  ].filter((table) => table.rows.length > 0);
};

const NUMBERS = ["N", "N′", "tensors\nMB", "peak\nMB", "beyond\nMB", "s", "reads", "decoded\nMB"];

const BASICS =
  `views at ${fraction(BASE.scale)}, of chosen tiles at ${fraction(BASE.secondScale)}; ` +
  `tiles of ${BASE.tile}², ${BASE.samples} patches of ${BASE.patch}², one feature network for all`;

function networkTable(title: string, rows: readonly NetworkRow[], notes: readonly string[] = []): Cells {
  const changed = rows.some(({ settings }) => changeOf(settings) !== "");
  const nameOf = ({ side, network, mode, settings }: NetworkRow) => [
    ...[String(side), network, mode],
    ...(changed ? [changeOf(settings)] : []),
  ];
  return {
    title,
    head: ["side", "network", "step", ...(changed ? ["with"] : []), ...NUMBERS, ""],
    rows: rows.map((row) => [...nameOf(row), ...numbers(row), row.status === "ok" ? "" : row.status]),
    names: changed ? 4 : 3,
    notes: [...notes, ...rows.flatMap((row) => (row.note ? [`${nameOf(row).join(" ").trim()}: ${row.note}`] : []))],
  };
}

/** What is not as everywhere else. */
function changeOf({ samples, scale, secondScale, patch }: Settings): string {
  if (samples !== BASE.samples) return `N = ${samples}`;
  if (patch !== BASE.patch) return `h = ${patch}`;
  if (scale !== BASE.scale) return `s = ${fraction(scale)}`;
  return secondScale === BASE.secondScale ? "" : `s₂ = ${fraction(secondScale)}`;
}

function numbers({ network, found }: NetworkRow): string[] {
  if (!found) return NUMBERS.map(() => "–");
  const { tensors, rss, seconds, reads, decodedBytes, patches, tiles } = found;
  return [
    network === "attention" || network === "zoom-in" ? String(patches) : "",
    tiles === null ? "" : String(tiles),
    ...[tensors.peak, rss.peak, rss.peak - rss.baseline].map(megabytes),
    compact(median(seconds)),
    String(reads.reduce((sum, { count }) => sum + count, 0)),
    megabytes(decodedBytes),
  ];
}

/** With a digit after the point below 100. */
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0);

const lawTable = (laws: readonly Law[]): Cells => ({
  title: "Bytes of tensors beyond the weights, by least squares",
  head: ["network", "step", "peak", "R²", "worst %", "rows"],
  rows: laws.map((law) => [
    ...[law.network, law.mode, formulaOf(law)],
    ...[law.r2?.toFixed(5) ?? "–", law.worst === null ? "–" : (100 * law.worst).toFixed(1), String(law.rows)],
  ]),
  names: 3,
  notes: laws.length > 0 ? SYMBOLS : [],
});

const SYMBOLS = [
  "H, W: sides of the picture; h, w: of a patch; t: of a tile; s: scales of views",
  "N: patches; N′: distinct tiles; max: one stage after the other; –: rows do not tell",
];

/** `140 s²HW + 1365 N·hw`, or the larger of them. */
function formulaOf({ join, terms }: Law): string {
  if (terms.every(({ bytesPerPixel }) => bytesPerPixel === null)) return "too few rows to tell";
  const parts = terms.map(({ of, bytesPerPixel }) => `${bytesPerPixel === null ? "–" : compact(bytesPerPixel)} ${of}`);
  return join === "sum" || parts.length === 1 ? parts.join(" + ") : `max(${parts.join(", ")})`;
}

const sourceTable = (rows: readonly SourceRow[]): Cells => ({
  title: rows[0] ? `Tiles of ${BASE.tile}² in random order, nothing kept, of ${rows[0].side}²` : "",
  head: ["source", "tiles/s\n1 at once", "tiles/s\n8 at once", "at 1/8, /s\n1 at once", "at 1/8, /s\n8 at once", "peak\nMB", "beyond\nMB", ""], // prettier-ignore
  rows: rows.map(({ source, found, status }) => [
    source,
    ...(found
      ? [
          ...[found.tiles.one, found.tiles.eight, found.views.one, found.views.eight].map(compact),
          ...[found.rss.peak, found.rss.peak - found.rss.baseline].map(megabytes),
        ]
      : Array<string>(6).fill("–")),
    status === "ok" ? "" : status,
  ]),
  names: 1,
  notes: rows.flatMap(({ source, note }) => (note ? [`${source}: ${note}`] : [])),
});
