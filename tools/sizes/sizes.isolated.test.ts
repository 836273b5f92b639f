import { describe, expect, it } from "vitest";
import { sizesPage } from "./page.js";
import { sizeOf } from "./sizes.js";

const outside = ["@tensorflow/tfjs-core"];

describe("sizeOf", () => {
  it("has what a package needs from npm in it, or not; peers never", async () => {
    const [own, whole] = await Promise.all(
      [false, true].map((npm) => sizeOf("@fovea/engine/wasm", { npm, page: true, outside })),
    );
    expect(whole!.minified).toBeGreaterThan(5 * own!.minified); // tfjs-layers and two backends
    expect(own!.gzipped).toBeLessThan(own!.minified);
    const alone = await sizeOf("@fovea/losses", { npm: true, page: true, outside });
    expect(alone).toEqual(await sizeOf("@fovea/losses", { npm: false, page: true, outside }));
    expect(alone.minified).toBeGreaterThan(10_000);
    expect(alone.minified).toBeLessThan(100_000); // tfjs-core alone has more
  });

  it("refuses what is for Node in a page", async () => {
    const page = { npm: true, page: true, outside };
    await expect(sizeOf("@fovea/train/node", page)).rejects.toThrow('Could not resolve "node:');
    expect((await sizeOf("@fovea/train/node", { ...page, npm: false, page: false })).minified).toBeGreaterThan(10_000);
  });
});

it("the page of sizes has a row for each entry, in kB", () => {
  const size = { minified: 12_345, gzipped: 6_789 };
  const core = { minified: 277_300, gzipped: 81_300 };
  const entries = [
    { name: "@fovea/a", page: true, own: size, whole: core },
    { name: "@fovea/a/node", page: false, own: size, whole: null },
  ];
  const page = sizesPage(entries, { command: "npm run sizes", commit: "abc", date: "2026-01-02", core });
  expect(page).toContain(
    "| `@fovea/a` | yes | 12.3 | 6.8 | 277.3 | 81.3 |\n| `@fovea/a/node` | no | 12.3 | 6.8 | – | – |\n",
  );
  expect(page).toContain("**Made by** `npm run sizes` at commit abc, 2026-01-02.");
});
