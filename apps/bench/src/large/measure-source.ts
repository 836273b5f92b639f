import type { TileSource } from "@fovea/data";
import { rng, type Region } from "@fovea/nn";
import { tilesOf } from "@fovea/patch-sampling";
import type { SourceJob } from "./job.js";
import type { PictureFiles, SourceFound } from "./protocol.js";
import { BASE } from "./settings.js";
import { sources } from "./sources.js";

/** Reads that are asked for at once. */
export const AT_ONCE = 8;

/** Tiles in random order, as many as there is time for, one by one and at once; then their views. */
export async function measureSource(
  { source, side }: SourceJob,
  files: PictureFiles,
  seconds: number,
): Promise<SourceFound> {
  const baseline = peakRss();
  const opened = await sources[source](files, side);
  try {
    const whole = tilesOf({ width: side - (side % BASE.tile), height: side - (side % BASE.tile) }, [
      BASE.tile,
      BASE.tile,
    ]);
    const tiles = Array.from(rng(0).permutation(whole.length), (i) => whole[i]!);
    const rate = (scale: number, atOnce: number) => readsPerSecond(opened, tiles, scale, atOnce, seconds);
    const rates = async (scale: number) => ({ one: await rate(scale, 1), eight: await rate(scale, AT_ONCE) });
    await rate(1, AT_ONCE / 2); // to warm up
    const [full, views] = [await rates(1), await rates(BASE.scale)];
    return { tiles: full, views, rss: { baseline, peak: peakRss() } };
  } finally {
    await opened.close();
  }
}

/** All tiles again and again until the time is over. What is under way by then is waited for, and counts. */
async function readsPerSecond(
  source: TileSource,
  tiles: readonly Region[],
  scale: number,
  atOnce: number,
  seconds: number,
): Promise<number> {
  const start = performance.now();
  const spent = () => (performance.now() - start) / 1000;
  let begun = 0;
  const reader = async () => {
    while (spent() < seconds) await source.read(tiles[begun++ % tiles.length]!, scale);
  };
  await Promise.all(Array.from({ length: atOnce }, reader));
  return begun / spent();
}

const peakRss = (): number => process.resourceUsage().maxRSS * 1024;
