import "../../../../tools/vitest/setup.js";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { writeLabelBands } from "../../src/node/index.js";
import { folderOf } from "../test-images.js";
import { randomLabels } from "./label-files.js";

const [width, band, height] = [1000, 50, 1000];

/** Rows that do not compress: about 1 MB in all. */
function* bands() {
  for (let top = 0; top < height; top += band) yield { top, labels: randomLabels(width, band, 256, top).data };
}

// A limit on the size of files cuts a write short just as a disk that fills up does: first fewer bytes than asked, no
// error.
it.runIf(canLimitFiles()).each([
  ["png", 300_000],
  ["tif", 300_000],
  ["png", -5],
  ["tif", -5],
])("a label map (%s) on a disk that is full after %i bytes leaves nothing", async (ending, limit) => {
  const path = `${await folderOf({})}/map.${ending}`;
  await writeLabelBands(path, bands(), { width, height });
  const { length } = readFileSync(path);
  expect(length).toBeGreaterThan(900_000);
  writeFileSync(path, "old");
  const ignore = () => undefined;
  process.on("SIGXFSZ", ignore);
  try {
    limitFiles(`${limit < 0 ? length + limit : limit}`); // at last, only the end has no room
    await expect(writeLabelBands(path, bands(), { width, height })).rejects.toThrow(
      new RegExp(`^labelMapWriter: ${path}: EFBIG: file too large`),
    );
  } finally {
    limitFiles("unlimited");
    process.off("SIGXFSZ", ignore);
  }
  expect(readdirSync(path.slice(0, path.lastIndexOf("/")))).toEqual([`map.${ending}`]);
  expect(readFileSync(path, "utf8")).toBe("old");
});

function limitFiles(bytes: string): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`], { stdio: "pipe" });
}

function canLimitFiles(): boolean {
  try {
    limitFiles("unlimited");
    return true;
  } catch {
    return false;
  }
}
