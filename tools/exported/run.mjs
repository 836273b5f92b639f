// Opens folders that `npm run demo -- export` has written as strangers do: by transformers.js' pipeline in Node, by
// onnxruntime-web on a page in Chromium, and by Python's onnx and onnxruntime. Each must give the golden outputs, for one
// image and for seven.
//
//     npm run exported -- FOLDER...
//
// transformers.js is installed into a temporary folder; TRANSFORMERS names one that has it in `node_modules`. PYTHON names
// a Python with onnx and onnxruntime, without which that part is left out.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findChromium, reportOf } from "../consumer/browser.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);

/** Error above which it is no rounding, of the largest number. */
const tolerance = 1e-5;

async function installed(home) {
  const modules = join(home, "node_modules");
  if (process.env.TRANSFORMERS) {
    await symlink(resolve(process.env.TRANSFORMERS, "node_modules"), modules);
    return modules;
  }
  await writeFile(join(home, "package.json"), '{ "private": true, "type": "module" }');
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "@huggingface/transformers@4.3.2"], { cwd: home }); // prettier-ignore
  return modules;
}

async function inNode(home, folder) {
  await cp(join(here, "pipeline.mjs"), join(home, "pipeline.mjs"));
  const { stdout } = await run(process.execPath, ["pipeline.mjs", folder], { cwd: home, maxBuffer: 2 ** 28 });
  return JSON.parse(stdout);
}

async function onPage(chromium, home, modules, folder, feeds) {
  const site = await mkdtemp(join(home, "site-"));
  await cp(join(here, "page.html"), join(site, "index.html"));
  await mkdir(join(site, "ort"));
  for (const file of ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"])
    await cp(join(modules, "onnxruntime-web/dist", file), join(site, "ort", file));
  await cp(join(folder, "onnx"), join(site, "onnx"), { recursive: true });
  await writeFile(join(site, "feeds.json"), JSON.stringify(feeds));
  return reportOf(chromium, site);
}

function expectGolden(who, errors) {
  for (const { model, batch, output, error } of errors) {
    console.log(`  ${who}: ${output} of ${model}, batch ${batch}: ${error.toExponential(1)}`);
    if (!(error <= tolerance))
      throw new Error(`${who}: \`${output}\` of ${model} is not what the trained model gives.`);
  }
}

const home = await mkdtemp(join(tmpdir(), "fovea-exported-"));
try {
  const folders = process.argv.slice(2).map((folder) => resolve(folder));
  if (folders.length === 0) throw new Error("expected folders that `npm run demo -- export` has written.");
  const modules = await installed(home);
  const chromium = findChromium();
  for (const folder of folders) {
    console.log(folder);
    const { labels, errors, feeds } = await inNode(home, folder);
    if (labels) console.log(`  transformers.js: ${labels.map(({ label, score }) => `${label} ${score.toFixed(3)}`).join(", ")}`); // prettier-ignore
    expectGolden("transformers.js", errors);
    if (chromium) expectGolden("onnxruntime-web", (await onPage(chromium, home, modules, folder, feeds)).errors);
    else console.log("  onnxruntime-web: left out, there is no Chromium (CHROMIUM may name one)");
    if (!process.env.PYTHON) console.log("  Python: left out, PYTHON names none");
    else {
      const path = join(home, "feeds.json");
      await writeFile(path, JSON.stringify(feeds));
      const { stdout } = await run(process.env.PYTHON, [join(here, "check.py"), folder, path]);
      expectGolden("Python", JSON.parse(stdout));
    }
  }
} catch (error) {
  console.error(`exported: FAILED\n${error.stderr ?? ""}${error.message}`);
  process.exitCode = 1;
} finally {
  await rm(home, { recursive: true, force: true });
}
