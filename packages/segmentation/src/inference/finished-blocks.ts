import type { Region } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { overlapSums } from "./overlap-sums.js";
import { finishedAt, type WindowGrid } from "./window-grid.js";
import {
  asWindow,
  batchOf,
  windowProbabilities,
  type Classify,
  type WindowProbabilities,
} from "./window-probabilities.js";
import type { WindowReader } from "./window-reader.js";

/** Probabilities of pixels that no further window reaches. */
export interface Block extends Region {
  readonly classes: number;
  /** [height, width, classes]; overwritten by the next block. */
  readonly probabilities: Float32Array;
}

/** How windows go over an image. */
export interface WindowPlan {
  readonly rows: WindowGrid;
  readonly columns: WindowGrid;
  /** Windows that are computed at once. */
  readonly batch: number;
  readonly flip: boolean;
}

/**
 * Goes over an image window by window, row of windows by row, and gives the probabilities of each part as soon as it is
 * finished. In memory are one window, and of the rows of windows what the next row will add to.
 */
export async function* finishedBlocks(
  reader: WindowReader,
  classify: Classify,
  plan: WindowPlan,
): AsyncGenerator<Block> {
  const { rows, columns, batch } = plan;
  let sums: ReturnType<typeof overlapSums> | undefined;
  for (let i = 0; i < rows.starts.length; i++)
    for (let first = 0; first < columns.starts.length; first += batch) {
      const count = Math.min(batch, columns.starts.length - first);
      const { classes, values } = await probabilitiesOf(reader, classify, plan, i, first, count);
      sums ??= overlapSums(rows, columns, classes);
      const size = values.length / count;
      for (let k = 0; k < count; k++) {
        const probabilities = sums.add(i, first + k, values.subarray(k * size, (k + 1) * size));
        const [top, left] = [rows.starts[i]!, columns.starts[first + k]!];
        const [height, width] = [finishedAt(rows, i) - top, finishedAt(columns, first + k) - left];
        yield { top, left, height, width, classes, probabilities };
      }
    }
}

/** What the network says of windows `first` … of row `i`. */
async function probabilitiesOf(
  reader: WindowReader,
  classify: Classify,
  { rows, columns, flip }: WindowPlan,
  i: number,
  first: number,
  count: number,
): Promise<WindowProbabilities> {
  const top = rows.starts[i]!;
  const height = Math.min(rows.window, rows.size - top);
  const windows = await Promise.allSettled(
    columns.starts.slice(first, first + count).map(async (left) => {
      const width = Math.min(columns.window, columns.size - left);
      return asWindow(await reader.read({ top, left, height, width }), rows.window, columns.window);
    }),
  );
  const read = windows.flatMap((window) => (window.status === "fulfilled" ? [window.value] : []));
  const failed = windows.find((window) => window.status === "rejected");
  if (failed) {
    tf.dispose(read);
    throw failed.reason;
  }
  return windowProbabilities(batchOf(read), classify, flip);
}
