import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { folderOf } from "../test-images.js";
import type { Options, Outcome } from "./damaged-child.js";
import { fixture } from "./fixtures.js";

const files: readonly (readonly [name: string, options: Omit<Options, "file">])[] = [
  ["a TIFF of JPEG tiles", { tiff: { compression: "jpeg" }, copies: 60, headers: false }],
  ["a BigTIFF of deflated tiles", { tiff: { compression: "deflate", bigtiff: true }, copies: 60, headers: true }],
  [
    "a TIFF of LZW tiles with a predictor",
    { tiff: { compression: "lzw", predictor: "horizontal" }, copies: 60, headers: true },
  ],
  ["a TIFF in strips", { tiff: { compression: "deflate", tile: false, pyramid: false }, copies: 20, headers: true }],
  ["a PNG", { copies: 20, headers: true }],
  ["a TIFF of Zstandard tiles with a predictor", { tiff: fixture("zstandard"), copies: 60, headers: true }],
  ["a TIFF of LERC tiles", { tiff: fixture("lerc"), copies: 60, headers: false }],
  ["a TIFF of LERC tiles within Zstandard", { tiff: fixture("lerc-zstandard"), copies: 60, headers: false }],
];

describe("damaged files", () => {
  let outcomes: readonly Outcome[];
  beforeAll(async () => {
    const root = await folderOf({});
    const child = fileURLToPath(new URL("damaged-child.ts", import.meta.url));
    const options = files.map(([, file], i) => ({ file: join(root, `damaged-${i}.tif`), ...file }));
    const flags = ["--conditions=@fovea/source", "--import", "tsx", child, JSON.stringify(options)];
    // rejects if libvips or memory ends the process
    const { stdout } = await promisify(execFile)(process.execPath, flags);
    outcomes = JSON.parse(stdout) as Outcome[];
  });

  it.each(files.map(([name], i) => [name, i] as const))(
    "%s gives pixels or an error that names it, whichever bytes are changed or missing",
    (_, i) => {
      const { wrong, read, refused, largest } = outcomes[i]!;
      expect(wrong).toEqual([]);
      expect(read).toBeGreaterThan(30); // else the damage never met pixels
      expect(refused).toBeGreaterThan(30);
      expect(largest).toBeLessThan(1e7); // and not what a damaged byte may say
    },
  );
});
