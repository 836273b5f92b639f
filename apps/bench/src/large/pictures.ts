import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Ask } from "../child/ask.js";
import { SHARES, withProgress, type Done } from "../report/progress.js";
import type { LargeJob } from "./job.js";
import type { Layout, PictureFiles } from "./protocol.js";

/** A picture that is wanted. */
interface Wanted {
  readonly side: number;
  readonly layout: Layout;
  readonly path: string;
}

/** Where the picture of a side is, or is to be. */
export const filesIn = (folder: string, side: number): PictureFiles => ({
  tiff: join(folder, `needle-${side}.tif`),
  "deep-zoom": join(folder, `needle-${side}.dzi`),
});

/** Runs something with a folder for pictures: the one given, which stays, or a new one, which goes however it ends. */
export async function withFolder<T>(given: string | undefined, run: (folder: string) => Promise<T>): Promise<T> {
  if (given) {
    await mkdir(given, { recursive: true });
    return run(given);
  }
  const folder = await mkdtemp(join(tmpdir(), "fovea-large-"));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The pictures that jobs need and that are not there yet, each once; a Deep Zoom picture after the TIFF that it is made
 * from.
 */
export function missingIn(folder: string, jobs: readonly LargeJob[]): Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const { side, ...job } of jobs) {
    const files = filesIn(folder, side);
    const layouts: Layout[] = "source" in job && job.source === "Deep Zoom" ? ["tiff", "deep-zoom"] : ["tiff"];
    for (const layout of layouts) wanted.set(files[layout], { side, layout, path: files[layout] });
  }
  return [...wanted.values()].filter(({ path }) => !existsSync(path));
}

/** On the way: 3 bytes a pixel of painted rows, about one more of tiles. */
const BYTES = { tiff: 4, "deep-zoom": 1 } as const;
const TICK = 500;

const expectedBytes = ({ side, layout }: Wanted): number => BYTES[layout] * side ** 2;

/**
 * Writes pictures, a fresh process each, under a bar of the bytes that are on the disk. What could not be written is
 * missing for the jobs that want it, which is for them to say.
 *
 * @returns the reasons, by path
 */
export async function writePictures(missing: readonly Wanted[], ask: Ask): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  if (missing.length === 0) return failed;
  const total = missing.reduce((sum, one) => sum + expectedBytes(one), 0);
  const writeAll = async (done: Done) => {
    for (const one of missing) {
      const reason = await write(one, ask, (bytes) => done(`writing ${basename(one.path)}`, bytes));
      if (reason) failed.set(one.path, reason);
    }
  };
  await withProgress(total, writeAll, SHARES);
  return failed;
}

/** @param more - told of bytes that are there now and were not before @returns why it failed, if it did */
async function write(one: Wanted, ask: Ask, more: (bytes: number) => void): Promise<string | null> {
  let seen = 0;
  const advance = (to: number) => {
    more(Math.max(0, to - seen));
    seen = Math.max(seen, to);
  };
  const look = async () => advance(Math.min(0.98 * expectedBytes(one), await bytesUnderWay(one.path)));
  const timer = setInterval(() => void look(), TICK);
  try {
    await ask({ kind: "picture", ...one });
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    clearInterval(timer);
    advance(expectedBytes(one));
    await removeUnderWay(one.path);
  }
}

/** Files of a picture that is not all there: `needle-1000.tif.….strips`, `needle-1000.part_files`. */
async function underWay(path: string): Promise<string[]> {
  const stem = basename(path).replace(/\.\w+$/, "");
  const names = await readdir(dirname(path)).catch(() => []); // gone, when all is over
  const own = names.filter((name) => name.startsWith(`${basename(path)}.`) || name.startsWith(`${stem}.part`));
  return own.map((name) => join(dirname(path), name));
}

async function bytesUnderWay(path: string): Promise<number> {
  const sizes = (await underWay(path)).map((file) =>
    stat(file).then(
      ({ size }) => size,
      () => 0, // renamed by now
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** A process that was killed leaves them behind. */
const removeUnderWay = async (path: string): Promise<void> => {
  for (const file of await underWay(path)) await rm(file, { recursive: true, force: true });
};
