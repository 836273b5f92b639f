// Writes docs/results/sizes.md.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspace.js";
import { sizesPage } from "./page.js";
import { entrySizes, sizeOf } from "./sizes.js";

const describe = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
const commit = execFileSync("git", describe, { cwd: root, encoding: "utf8" }).trim();
const core = await sizeOf("@tensorflow/tfjs-core", { npm: true, page: true, outside: [] });
const date = new Date().toISOString().slice(0, 10);
const page = sizesPage(await entrySizes(), { command: "npm run sizes", commit, date, core });
writeFileSync(join(root, "docs", "results", "sizes.md"), page);
console.log(page);
