import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * A path relative to the `package.json` of an installed package, or to another file that the package lets one import.
 */
export const packagePath = (name: string, path: string, importable = `${name}/package.json`): string =>
  join(dirname(require.resolve(importable)), path);

/** A JSON file of an installed package. */
export const readJson = async <T>(name: string, path: string): Promise<T> =>
  JSON.parse(await readFile(packagePath(name, path), "utf8")) as T;
