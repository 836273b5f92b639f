import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { output } from "./run.mjs";

const quick = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];

/**
 * Packages in one project: npm must find every range inside the scope, and one version of each package.
 *
 * @throws Error if a range is not there, or a package comes twice
 */
export async function resolveTogether(manifests, registry, folder) {
  const dependencies = Object.fromEntries(manifests.map(({ name, version }) => [name, version]));
  await project(folder, registry, { dependencies });
  await output("npm", ["install", "--package-lock-only", ...quick], { cwd: folder });
  const { packages } = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8"));
  const paths = Object.keys(packages).filter((path) => /node_modules\/@fovea\/[^/]+$/.test(path));
  if (paths.length !== manifests.length) throw new Error(`a package comes twice: ${paths.join(", ")}`);
}

/** Installs packages by name in an empty folder and runs a program in TypeScript. @returns what it prints */
export async function installAndRun({ names, program }, registry, folder) {
  await project(folder, registry, {});
  await output("npm", ["install", ...quick, ...names], { cwd: folder });
  const { outputText } = ts.transpileModule(program, { compilerOptions: { module: "ESNext", target: "ES2022" } });
  await writeFile(join(folder, "main.mjs"), outputText);
  return output("node", ["main.mjs"], { cwd: folder });
}

async function project(folder, registry, manifest) {
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, ...manifest }));
  await writeFile(join(folder, ".npmrc"), `@fovea:registry=${registry.url}\n`);
}
