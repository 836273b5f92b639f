// Uses the published packages as a stranger does: packs each, installs the tarballs outside the workspace, compiles
// TypeScript against their types with nothing skipped, and runs the result in plain Node. Single packages are installed
// by the line in their README, and the program is the first one that it shows. A page that trains is bundled by Vite, and
// opened in Chromium where there is one. The programs in `examples` and every block of the documentation run.
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium, reportOf } from "./browser.mjs";
import { buildPage, inNode } from "./page.mjs";
import { everything } from "./everything.mjs";
import { makeProject, tryProject } from "./project.mjs";
import { compilePrograms, runPrograms } from "./programs.mjs";
import { firstSteps } from "./readme.mjs";
import { examplesOf, runAlone } from "./readmes.mjs";
import { packAll } from "./tarballs.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Packages whose README is followed to the letter. */
const alone = ["losses", "fusion"];

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
    await tryProject(await makeProject(name, project, tarballs, home));
  }
  console.log("consumer: a page that trains");
  await tryPage(join(home, "all"));
  console.log("consumer: the programs in examples");
  await compilePrograms(root, join(home, "all"));
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
