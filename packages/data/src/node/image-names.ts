import { extname } from "node:path";
import type { SkippedImage } from "../image.js";

const EXTENSIONS: readonly string[] = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".avif"];

/** Formats of images that are not read: sharp comes without their decoders. */
const UNREADABLE: readonly string[] = [
  ...[".bmp", ".heic", ".heif", ".jxl", ".jp2", ".ppm", ".pgm", ".ico", ".psd", ".exr"],
  ...[".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2"], // cameras' raw files
];

const extensionOf = (name: string): string => extname(name).toLowerCase();

export const isImageName = (name: string): boolean => EXTENSIONS.includes(extensionOf(name));

/** A file that is left out for its name, and why. */
export const skippedName = (id: string): SkippedImage => ({
  id,
  reason: UNREADABLE.includes(extensionOf(id))
    ? `${extensionOf(id)} files cannot be read; convert them to .png or .jpg`
    : `its name does not end in ${EXTENSIONS.join(", ")}`,
});

/** The images among files that were left out: "12 .heic files, 1 .bmp file"; undefined if there are none. */
export const unreadableImages = (skipped: readonly SkippedImage[]): string | undefined =>
  countsOf(skipped.filter(({ id }) => UNREADABLE.includes(extensionOf(id))));

/** A folder that is left out. */
export const skippedFolder = (id: string): SkippedImage => ({ id, reason: FOLDER });

const FOLDER = "a folder inside a class is not read";

/** What was left out, and what to do about it: " (ignored: 12 .heic files, …)". Empty if nothing was. */
export function describeIgnored(skipped: readonly SkippedImage[]): string {
  if (skipped.length === 0) return "";
  const images = unreadableImages(skipped);
  const advice = images === undefined ? "" : `; ${images} cannot be read: convert them to .png or .jpg`;
  return ` (ignored: ${countsOf(skipped)!}${advice})`;
}

/** "2 .txt files, 1 folder", the most frequent first. */
function countsOf(skipped: readonly SkippedImage[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { id, reason } of skipped) {
    const kind =
      reason === FOLDER ? "folder" : extensionOf(id) === "" ? "file without an extension" : `${extensionOf(id)} file`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const words = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, n]) => `${n} ${n === 1 ? kind : kind.replace(/file|folder/, "$&s")}`);
  return words.length === 0 ? undefined : words.slice(0, 6).join(", ") + (words.length > 6 ? ", …" : "");
}
