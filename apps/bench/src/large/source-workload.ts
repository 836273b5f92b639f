import { rng } from "@fovea/nn";
import { tilesOf } from "@fovea/patch-sampling";
import type { Job } from "../job.js";
import type { Workload } from "../worker/measure.js";
import type { SourceCase } from "./cases.js";
import type { ImageFiles } from "./protocol.js";
import { BASE } from "./settings.js";
import { sources } from "./sources.js";

/** A step reads `batch` tiles at once, in random order. */
export async function sourceWorkload(one: SourceCase, job: Job, files: ImageFiles): Promise<Workload> {
  const side = job.image!;
  const source = await sources[one.source](files, side);
  const covered = side - (side % BASE.tile);
  const grid = tilesOf({ width: covered, height: covered }, [BASE.tile, BASE.tile]);
  const order = rng(0).permutation(grid.length);
  let next = 0;
  const read = () => source.read(grid[order[next++ % grid.length]!]!, one.scale);
  return {
    async step() {
      const start = performance.now();
      await Promise.all(Array.from({ length: job.batch }, read));
      return { forward: performance.now() - start, backward: 0, optimizer: 0 };
    },
    inspect: () => Promise.resolve({ params: 0, macs: 0, invalid: null }),
    dispose: () => source.close(),
  };
}
