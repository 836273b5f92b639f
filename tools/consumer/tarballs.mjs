import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const required = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"];
const allowed = /^(package\.json|(README|CHANGELOG)\.md|LICENSE|(dist|src)\/.+\.(js|d\.ts|js\.map|ts))$/;
const unwanted = /(^|\/)(test|tests|__tests__)\/|\.test\./;

/** What is wrong with the files of a tarball; one sentence each. */
export const wrongFiles = (files) => [
  ...required.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
  ...files.filter((file) => !allowed.test(file) || unwanted.test(file)).map((file) => `${file} does not belong`),
];

/**
 * Packs every package that is not private. @returns tarball paths by package name @throws Error that lists wrong files
 */
export async function packAll(root, destination) {
  const tarballs = {};
  const problems = [];
  for (const folder of await readdir(join(root, "packages"))) {
    const cwd = join(root, "packages", folder);
    const { name, private: hidden } = JSON.parse(await readFile(join(cwd, "package.json"), "utf8"));
    if (hidden) continue;
    const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", destination], {
      cwd,
    });
    const packed = JSON.parse(stdout);
    const { filename, files, size } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
    const wrong = wrongFiles(files.map(({ path }) => path));
    console.log(`  ${name}: ${files.length} files, ${(size / 1024).toFixed(1)} kB${wrong.length > 0 ? " WRONG" : ""}`);
    problems.push(...wrong.map((problem) => `${name}: ${problem}.`));
    tarballs[name] = join(destination, filename);
  }
  if (problems.length > 0) throw new Error(`tarballs:\n${problems.join("\n")}`);
  return tarballs;
}
