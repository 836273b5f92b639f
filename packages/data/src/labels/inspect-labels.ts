import type { SkippedImage } from "../image.js";
import { reasonOf } from "../image-file-error.js";
import { isMistake } from "../process-images.js";
import { countIds, type LabelMap, type SegmentationItem, type SegmentationSet } from "./label-map.js";
import { describeLabels, type IdCount, type LabelReport } from "./label-report.js";

/** A segmentation set, or label maps alone. With no classes, only ids are counted. */
export interface InspectedLabels extends Pick<SegmentationSet, "name" | "classes" | "ignore"> {
  readonly items: readonly Pick<SegmentationItem, "id" | "loadLabels">[];
}

/** How much is inspected. */
export interface InspectLabelsOptions {
  /** Look at so many label maps, evenly spread over the set. Default: all. */
  readonly limit?: number;
  /** Once aborted, no further file is read, and the signal's reason is thrown. Default: nothing ends it early. */
  readonly signal?: AbortSignal;
}

/**
 * Reads label maps, and counts what they hold: how often each id occurs, ids that are no class, the share of ignored
 * pixels, files that cannot be used and why. A file that fails does not end it. Print `text` of the result.
 */
export async function inspectLabels(
  { name, items, classes, ignore }: InspectedLabels,
  { limit = Infinity, signal }: InspectLabelsOptions = {},
): Promise<LabelReport> {
  const ids = new Map<number, IdCount>();
  const [empty, failures] = [[] as string[], [] as SkippedImage[]];
  const chosen = spread(items, limit);
  let palettes = 0;
  for (const item of chosen) {
    signal?.throwIfAborted();
    const labels = await loadedLabels(item, failures);
    if (!labels) continue;
    const counts = countIds(labels);
    add(ids, item.id, counts);
    if (labels.palette) palettes++;
    if (counts[ignore] === labels.data.length) empty.push(item.id);
  }
  const sorted = [...ids.values()].sort((a, b) => a.id - b.id);
  return describeLabels({ name, classes, ignore, files: chosen.length, ids: sorted, empty, palettes, failures });
}

/**
 * Refuses label maps with which a run would fail or learn nothing, before its first step: files that cannot be used,
 * ids that are neither a class nor ignored, or not one pixel of a class.
 *
 * @param labels - a set, all of whose label maps are read, or what `inspectLabels` found
 * @returns what was found
 * @throws Error that says what is wrong, in which files, and what ids there are
 */
export async function requireLabels(
  labels: InspectedLabels | LabelReport,
  options: InspectLabelsOptions = {},
): Promise<LabelReport> {
  const report = "problems" in labels ? labels : await inspectLabels(labels, options);
  if (report.problems.length > 0) throw new Error(`requireLabels: ${report.text}`);
  return report;
}

/** At most `count` of the items, evenly spread, the first among them. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (count >= items.length) return items;
  if (!(count >= 1)) throw new RangeError(`inspectLabels: \`limit\` must be at least 1, got ${count}.`);
  return Array.from(
    { length: Math.floor(count) },
    (_, i) => items[Math.floor((i * items.length) / Math.floor(count))]!,
  );
}

async function loadedLabels(
  item: InspectedLabels["items"][number],
  failures: SkippedImage[],
): Promise<LabelMap | undefined> {
  try {
    return await item.loadLabels();
  } catch (error) {
    if (isMistake(error)) throw error;
    failures.push({ id: item.id, reason: error instanceof Error ? error.message : reasonOf(error) });
    return undefined;
  }
}

function add(ids: Map<number, IdCount>, first: string, counts: Float64Array): void {
  counts.forEach((pixels, id) => {
    if (pixels === 0) return;
    const before = ids.get(id) ?? { id, pixels: 0, files: 0, first };
    ids.set(id, { ...before, pixels: before.pixels + pixels, files: before.files + 1 });
  });
}
