import { mergeReps, sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { areFew } from "./runs.js";
import { same, traits, type Direct, type TraitsTable } from "./traits.js";

/** Kernels that move every number, or repeat it. */
export const rearrangements: TraitsTable = {
  ...same([tf.Transpose, tf.SpaceToBatchND, tf.BatchToSpaceND, tf.DepthToSpace], { serial: true }),
  [tf.ResizeNearestNeighbor]: { serial: true },
  [tf.Tile]: traits<tf.TileAttrs>({
    serial: true,
    direct([x], _, attrs): Direct | undefined {
      const { sides, reps } = mergeReps(x!.shape, attrs.reps);
      const [length, times] = [sides.at(-1)!, reps.at(-1)!];
      const rows = sizeOf(sides.slice(0, -1));
      if (reps.slice(0, -1).some((n) => n !== 1) || !areFew(rows * (1 + Math.log2(times)))) return undefined;
      return ([from], [to]) => {
        for (let row = 0; row < rows; row++) {
          const [start, end] = [row * length * times, (row + 1) * length * times];
          to!.set(from!.subarray(row * length, (row + 1) * length) as never, start);
          for (let done = length; start + done < end; done *= 2) to!.copyWithin(start + done, start, Math.min(start + done, end - done)); // prettier-ignore
        }
      };
    },
  }),
};
