// Uses the published packages as a stranger does: packs each, installs the tarballs outside the workspace, compiles
// TypeScript against their types with nothing skipped, and runs the result in plain Node. Single packages are installed
// by the line in their README, and the program is the first one that it shows. A page that trains is bundled by Vite, and
// opened in Chromium where there is one. The programs in `examples` and every block of the documentation run.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findChromium, reportOf } from "./browser.mjs";
import { buildPage, inNode } from "./page.mjs";
import { runPrograms } from "./programs.mjs";
import { firstSteps } from "./readme.mjs";
import { examplesOf, namesOf, runAlone } from "./readmes.mjs";
import { packAll } from "./tarballs.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const compiler = { typescript: "5.9.3", "@types/node": "^20.19.0" };

/** Packages whose README is followed to the letter. */
const alone = ["losses", "fusion"];

/** A program of every package at once. */
const everything = async (tarballs) => ({
  names: namesOf(tarballs),
  program: await readFile(new URL("project/all.ts", import.meta.url), "utf8"),
});

const tsconfig = {
  compilerOptions: {
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"], // tfjs-core's types speak of the DOM
    module: "NodeNext",
    moduleResolution: "NodeNext",
    strict: true,
    skipLibCheck: false,
    outDir: "out",
  },
  include: ["main.ts"],
};

async function tryProject(name, { names, program }, tarballs, home) {
  const folder = join(home, name);
  await mkdir(folder);
  const source = (packageName) => [
    packageName,
    packageName in tarballs ? `file:${tarballs[packageName]}` : "latest", // what `npm install` takes
  ];
  const manifest = {
    name: `consumer-${name}`,
    private: true,
    type: "module",
    dependencies: Object.fromEntries(names.map(source)),
    devDependencies: compiler,
    // not on the registry yet: whatever a tarball depends on inside the scope comes from its tarball
    overrides: Object.fromEntries(
      Object.keys(tarballs)
        .filter((other) => !names.includes(other))
        .map(source),
    ),
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig, null, 2));
  await writeFile(join(folder, "main.ts"), program);
  const steps = [
    ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"],
    ["node", "node_modules/typescript/bin/tsc", "-p", "."],
    ["node", "out/main.js"],
  ];
  for (const [command, ...args] of steps) {
    const start = Date.now();
    const { stdout } = await run(command, args, { cwd: folder }).catch((error) => {
      throw new Error(`project ${name}: \`${[command, ...args].join(" ")}\` failed\n${error.stdout}\n${error.stderr}`);
    });
    console.log(`  ${command} ${args[0]} ${((Date.now() - start) / 1000).toFixed(1)} s`);
    if (args[0] === "out/main.js") console.log(stdout.trimEnd().replace(/^/gm, "    "));
  }
}

/**
 * A page that trains: bundled, and, if there is a browser, opened, with the losses that the same program has in Node.
 */
async function tryPage(project) {
  const folder = await buildPage(fileURLToPath(new URL("project/page", import.meta.url)), project);
  console.log("  bundled without a warning");
  const chromium = findChromium();
  if (chromium === undefined) return console.log("  not opened: there is no Chromium (CHROMIUM may name one)");
  const expected = await inNode(project);
  for (const isolated of [false, true]) {
    const { trainings } = await reportOf(chromium, folder, { isolated });
    for (const [i, { name, seconds, losses, left }] of trainings.entries()) {
      const away = Math.max(...losses.map((loss, step) => Math.abs(loss - expected[i].losses[step])));
      console.log(
        `  ${name}: ${losses.length} steps on wasm in ${seconds.toFixed(2)} s${isolated ? ", isolated" : ""}`,
      );
      if (!(away < 1e-4) || left !== 0)
        throw new Error(`page: ${name} has losses ${losses}, in Node ${expected[i].losses}, and left ${left} tensors.`);
    }
  }
}

const home = await realpath(await mkdtemp(join(tmpdir(), "fovea-consumer-")));
try {
  console.log("consumer: packing");
  const tarballs = await packAll(root, home);
  const projects = { all: await everything(tarballs) };
  for (const folder of alone) projects[folder] = await firstSteps(root, folder);
  for (const [name, project] of Object.entries(projects)) {
    console.log(`consumer: project ${name} (${project.names.join(", ")})`);
    await tryProject(name, project, tarballs, home);
  }
  console.log("consumer: a page that trains");
  await tryPage(join(home, "all"));
  console.log("consumer: the programs in examples");
  await runPrograms(root, join(home, "all"));
  const examples = await examplesOf(root, Object.keys(tarballs));
  console.log(`consumer: ${examples.length} examples of the documentation, each by itself`);
  const failures = await runAlone(root, join(home, "all"), examples);
  if (failures.length > 0) throw new Error(`examples that fail when copied alone:\n${failures.join("\n\n")}`);
  console.log(`consumer: ${Object.keys(projects).length} projects and ${examples.length} examples compiled and ran.`);
} catch (error) {
  console.error(`consumer: FAILED\n${error.message}`);
  process.exitCode = 1;
} finally {
  await rm(home, { recursive: true, force: true });
}
