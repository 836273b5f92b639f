import { findLargeCase, isOf, type NetworkCase } from "../large/cases.js";
import type { Law } from "../large/laws.js";
import type { Reads } from "../large/protocol.js";
import { BASE, fraction, type Settings } from "../large/settings.js";
import type { Results } from "../results.js";
import type { Row } from "../row.js";
import type { Observation } from "../worker/protocol.js";
import { median } from "@fovea/experiment/console";
import { compact } from "./format.js";
import { pageTable, textTables } from "./rows-table.js";
import type { Table } from "@fovea/experiment/console";

/** All tables of which there is a row. */
export function largeTables({ rows, laws = [], checks = [] }: Results, where: "terminal" | "page"): Table[] {
  const of = (group: string) => rows.filter((row) => isOf(group, row));
  const checked = (group: string) =>
    checks
      .filter((check) => isOf(group, check))
      .map(({ what, found, holds }) => `${what}: ${found}, ${holds ? "holds" : "DOES NOT HOLD"}`);
  return [
    networkTable("One image, by its size", of("size"), [BASICS]),
    networkTable("One setting changed", of("law")),
    networkTable("Very large images", of("huge"), checked("huge")),
    segmentTable(of("segment"), checked("segment")),
    lawTable(laws),
    ...sourceTables(of("source"), where),
  ].filter((table) => table.rows.length > 0);
}

const NUMBERS = ["N", "N′", "tensors\nMB", "peak\nMB", "beyond\nMB", "s", "reads", "decoded\nMB"];

const BASICS =
  `views at ${fraction(BASE.scale)}, of chosen tiles at ${fraction(BASE.secondScale)}; ` +
  `tiles of ${BASE.tile}², ${BASE.samples} patches of ${BASE.patch}², one feature network for all`;

function networkTable(title: string, rows: readonly Row[], notes: readonly string[] = []): Table {
  const changed = rows.some((row) => changeOf(row) !== "");
  const wordsOf = (row: Row) => [String(row.image), caseOf(row).network, row.mode, ...(changed ? [changeOf(row)] : [])];
  return {
    title,
    head: ["side", "network", "step", ...(changed ? ["with"] : []), ...NUMBERS, ""],
    rows: rows.map((row) => [...wordsOf(row), ...numbers(row), row.status === "ok" ? "" : row.status]),
    words: changed ? 4 : 3,
    notes: [...notes, ...rows.flatMap((row) => row.notes.map((note) => `${wordsOf(row).join(" ").trim()}: ${note}`))],
  };
}

/** Seconds and reads are those of a whole image. */
function segmentTable(rows: readonly Row[], notes: readonly string[]): Table {
  const wordsOf = (row: Row) => [String(row.image), row.case.replace("segment/", "")];
  return {
    title: "Label maps of large images, by overlapping windows",
    head: ["side", "segmenter", ...SEGMENT_NUMBERS, ""],
    rows: rows.map((row) => [...wordsOf(row), ...segmentNumbers(row), row.status === "ok" ? "" : row.status]),
    words: 2,
    notes: [...notes, ...rows.flatMap((row) => row.notes.map((note) => `${wordsOf(row).join(" ")}: ${note}`))],
  };
}

const SEGMENT_NUMBERS = ["windows", "windows/s", "s", "peak\nMB", "beyond\nMB", "reads", "decoded\nMB"];

function segmentNumbers({ stats, observations }: Row): string[] {
  if (!stats) return SEGMENT_NUMBERS.map(() => "–");
  const { windows, reads, decodedBytes } = observations[0]!.segmentation!; // the same in every process
  const of = (pick: (one: Observation) => number) => median(observations.map(pick));
  const seconds = stats.p50 / 1000;
  return [
    ...[String(windows), compact(windows / seconds), compact(seconds)],
    ...[of(({ rss }) => rss.peak), of(({ rss }) => rss.peak - rss.baseline)].map(megabytes),
    ...[countOf(reads), megabytes(decodedBytes)],
  ];
}

const countOf = (reads: readonly Reads[]): string => String(reads.reduce((sum, { count }) => sum + count, 0));

const caseOf = (row: Row): NetworkCase => findLargeCase(row.case) as NetworkCase;

/** The setting that is not as everywhere else. */
function changeOf(row: Row): string {
  const { samples, scale, secondScale, patch }: Settings = caseOf(row).settings;
  if (samples !== BASE.samples) return `N = ${samples}`;
  if (patch !== BASE.patch) return `h = ${patch}`;
  if (scale !== BASE.scale) return `s = ${fraction(scale)}`;
  return secondScale === BASE.secondScale ? "" : `s₂ = ${fraction(secondScale)}`;
}

/** The cells of a row's numbers: the medians of its processes. */
function numbers(row: Row): string[] {
  if (!row.stats) return NUMBERS.map(() => "–");
  const found = row.observations.map(({ network, rss }) => ({ ...network!, rss }));
  const of = (pick: (one: (typeof found)[number]) => number) => median(found.map(pick));
  const bytes = [
    of(({ tensors }) => tensors.peak),
    of(({ rss }) => rss.peak),
    of(({ rss }) => rss.peak - rss.baseline),
  ];
  return [
    ["attention", "zoom-in"].includes(caseOf(row).network) ? String(of(({ patches }) => patches)) : "",
    found[0]!.tiles === null ? "" : String(of(({ tiles }) => tiles!)),
    ...bytes.map(megabytes),
    compact(row.stats.p50 / 1000),
    String(of(({ reads }) => reads.reduce((sum, { count }) => sum + count, 0))),
    megabytes(of(({ decodedBytes }) => decodedBytes)),
  ];
}

/** Bytes in megabytes, with a digit after the point below 100. */
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0);

const lawTable = (laws: readonly Law[]): Table => ({
  title: "Bytes of tensors without the weights, fitted by least squares",
  head: ["network", "step", "peak", "R²", "worst %", "processes"],
  rows: laws.map((law) => [
    ...[law.network, law.mode, formulaOf(law)],
    ...[law.r2?.toFixed(5) ?? "–", law.worst === null ? "–" : (100 * law.worst).toFixed(1), String(law.observations)],
  ]),
  words: 3,
  notes: laws.length > 0 ? SYMBOLS : [],
});

const SYMBOLS = [
  "H, W: sides of the image; h, w: of a patch; t: of a tile; s: scales of views",
  "N: patches; N′: distinct tiles; max: one stage after the other; –: not determined by the rows",
];

/** A law as text: `140 s²HW + 1365 N·hw`, or `max(…)` of its terms. */
function formulaOf({ join, terms }: Law): string {
  if (terms.every(({ bytesPerPixel }) => bytesPerPixel === null)) return "too few rows to tell";
  const parts = terms.map(({ of, bytesPerPixel }) => `${bytesPerPixel === null ? "–" : compact(bytesPerPixel)} ${of}`);
  return join === "sum" || parts.length === 1 ? parts.join(" + ") : `max(${parts.join(", ")})`;
}

/** The tables that every suite has, under a title of their own: a sample is a tile. */
function sourceTables(rows: readonly Row[], where: "terminal" | "page"): Table[] {
  if (rows.length === 0) return [];
  const title = `Tiles of ${BASE.tile}² in random order, without a cache, of an image of ${rows[0]!.image}²: a sample is a tile`;
  return (where === "page" ? [pageTable(rows)] : textTables(rows)).map((table) => ({ ...table, title }));
}
