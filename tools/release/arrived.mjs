import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { wrongFiles } from "../consumer/tarballs.mjs";
import { output } from "./run.mjs";

/** Fields that a registry must have, so that npm can sign where a package comes from and people can find it. */
const fields = ["author", "bugs", "description", "engines", "homepage", "keywords", "license", "repository"];

/**
 * What is wrong with a package as a registry has it; one sentence each.
 *
 * @param manifest - its package.json in the checkout that it was published from
 * @param scratch - a folder for what is unpacked
 */
export async function wrongPackage(registry, manifest, scratch) {
  const { name, version } = manifest;
  const packument = registry.packument(name);
  const published = packument?.versions[version];
  if (!published) return [`${name}: ${version} did not arrive.`];
  const folder = join(scratch, name);
  const files = await unpack(registry.tarball(name, version), folder);
  const changelog = files.includes("CHANGELOG.md") ? await readFile(join(folder, "CHANGELOG.md"), "utf8") : "";
  const ranges = Object.entries(published.dependencies ?? {}).filter(([other]) => other.startsWith("@fovea/"));
  return [
    ...wrongFiles(files),
    ...fields.filter((field) => !published[field]).map((field) => `it has no ${field}`),
    ...ranges.filter(([, range]) => !/^\^\d/.test(range)).map(([other, range]) => `${other} has no caret: ${range}`),
    ...(packument["dist-tags"].latest === version ? [] : [`latest is ${packument["dist-tags"].latest}`]),
    ...(changelog.includes(`\n## ${version}\n`) ? [] : [`CHANGELOG.md says nothing of ${version}`]),
  ].map((problem) => `${name}: ${problem}.`);
}

/** Unpacks a tarball. @returns its files */
async function unpack(tarball, folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}.tgz`, tarball);
  await output("tar", ["-xzf", `${folder}.tgz`, "-C", folder, "--strip-components=1"]);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
