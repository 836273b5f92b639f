import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { folderOf } from "../test-images.js";
import { fixture } from "./fixtures.js";

/** What the child found over all damaged copies of one file, for both readers. */
interface Outcome {
  readonly read: number;
  readonly refused: number;
  /** Most pixels that a copy which could be opened claims to have; the image has 150 × 90. */
  readonly largest: number;
  /** Anything but an Error that names the file. */
  readonly wrong: readonly string[];
}

describe("damaged files", () => {
  it.each([
    ["a TIFF of JPEG tiles", { compression: "jpeg" }, 60, false],
    ["a BigTIFF of deflated tiles", { compression: "deflate", bigtiff: true }, 60, true],
    ["a TIFF of LZW tiles with a predictor", { compression: "lzw", predictor: "horizontal" }, 60, true],
    ["a TIFF in strips", { compression: "deflate", tile: false, pyramid: false }, 20, true],
    ["a PNG", undefined, 20, true],
    ["a TIFF of Zstandard tiles with a predictor", fixture("zstandard"), 60, true],
    ["a TIFF of LERC tiles", fixture("lerc"), 60, false],
    ["a TIFF of LERC tiles within Zstandard", fixture("lerc-zstandard"), 60, false],
  ])(
    "%s gives pixels or an error that names it, whichever bytes are changed or missing",
    async (_, tiff, copies, headers) => {
      const root = await folderOf({});
      const child = fileURLToPath(new URL("damaged-child.ts", import.meta.url));
      const options = JSON.stringify({ file: join(root, "damaged.tif"), tiff, copies, headers });
      const flags = ["--conditions=@fovea/source", "--import", "tsx", child, options];
      // rejects if libvips or memory ends the process
      const { stdout } = await promisify(execFile)(process.execPath, flags);
      const { wrong, read, refused, largest } = JSON.parse(stdout) as Outcome;
      expect(wrong).toEqual([]);
      expect(read).toBeGreaterThan(30); // else the damage never met pixels
      expect(refused).toBeGreaterThan(30);
      expect(largest).toBeLessThan(1e7); // and not what a damaged byte may say
    },
  );
});
