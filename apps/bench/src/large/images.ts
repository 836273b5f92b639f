import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Job } from "../job.js";
import { withProgress } from "@fovea/experiment/console";
import type { SendRequest } from "../worker/client.js";
import type { ImageFiles, Layout } from "./protocol.js";

/** An image file that is needed. */
interface NeededFile {
  readonly side: number;
  readonly layout: Layout;
  readonly path: string;
}

/** The paths of the image of a side. */
export const filesIn = (folder: string, side: number): ImageFiles => ({
  tiff: join(folder, `needle-${side}.tif`),
  "deep-zoom": join(folder, `needle-${side}.dzi`),
});

/** Runs something with a folder for images: the one given, which stays, or a new one, which is removed at the end. */
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

/** The layout of the file that a job reads. */
export const layoutOf = ({ case: name }: Job): Layout => (name.startsWith("source/deep-zoom") ? "deep-zoom" : "tiff");

/**
 * The image files that jobs need and that are not there yet, each once; a Deep Zoom image after the TIFF that it is
 * made from.
 */
export function missingFiles(folder: string, jobs: readonly Job[]): NeededFile[] {
  const needed = new Map<string, NeededFile>();
  for (const job of jobs) {
    const [side, files] = [job.image!, filesIn(folder, job.image!)];
    const layouts: Layout[] = layoutOf(job) === "tiff" ? ["tiff"] : ["tiff", "deep-zoom"];
    for (const layout of layouts) needed.set(files[layout], { side, layout, path: files[layout] });
  }
  return [...needed.values()].filter(({ path }) => !existsSync(path));
}

/** Bytes for each pixel while a file is written: of a TIFF 3 of painted rows, and about one of tiles. */
const BYTES_PER_PIXEL = { tiff: 4, "deep-zoom": 1 } as const;
const LOOK_EVERY_MS = 500;

const expectedBytes = ({ side, layout }: NeededFile): number => BYTES_PER_PIXEL[layout] * side ** 2;

/**
 * Writes images, a fresh process each; progress counts the bytes that are on the disk. What could not be written is
 * missing for the jobs that need it, whose rows say so.
 *
 * @returns the reasons, by path
 */
export async function writeImages(
  missing: readonly NeededFile[],
  send: SendRequest,
): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  if (missing.length === 0) return failed;
  const total = missing.reduce((sum, one) => sum + expectedBytes(one), 0);
  await withProgress("images", total, async (to) => {
    let written = 0;
    for (const one of missing) {
      const text = `writing ${basename(one.path)}`;
      const onBytes = (bytes: number) => to(written + Math.min(bytes, 0.98 * expectedBytes(one)), text);
      const reason = await write(one, send, onBytes);
      if (reason) failed.set(one.path, reason);
      to((written += expectedBytes(one)), text);
    }
  });
  return failed;
}

/** @param onBytes - called now and then with the bytes on the disk @returns the reason why it failed, if it did */
async function write(one: NeededFile, send: SendRequest, onBytes: (bytes: number) => void): Promise<string | null> {
  let most = 0;
  const update = async () => onBytes((most = Math.max(most, await bytesUnderWay(one.path))));
  const timer = setInterval(() => void update(), LOOK_EVERY_MS);
  try {
    await send({ kind: "image", ...one });
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    clearInterval(timer);
    await removeUnderWay(one.path);
  }
}

/** The files of an image that is being written: `needle-1000.tif.….strips`, `needle-1000.part_files`. */
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

/** Removes what a process leaves behind that was killed. */
const removeUnderWay = async (path: string): Promise<void> => {
  for (const file of await underWay(path)) await rm(file, { recursive: true, force: true });
};
