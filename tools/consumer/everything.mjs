import { readFile } from "node:fs/promises";

/** What examples import beside the packages themselves. */
const others = ["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers", "sharp", "nsfwjs"];

/** A project with every package, and whatever else examples import; its program uses all of them. */
export const everything = async (tarballs) => ({
  names: [...Object.keys(tarballs), ...others],
  program: await readFile(new URL("project/all.ts", import.meta.url), "utf8"),
});
