import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Imports the first of the packages that is installed in the project in whose folder the program runs, or beside this
 * one.
 */
export async function importFromProject(...packages: readonly string[]): Promise<void> {
  await import(resolveFromProject(...packages));
}

/** The address of what `importFromProject` imports. */
export function resolveFromProject(...packages: readonly string[]): string {
  for (const from of [join(process.cwd(), "package.json"), import.meta.url])
    for (const name of packages) {
      const path = resolve(name, from);
      if (path !== undefined) return pathToFileURL(path).href;
    }
  throw new Error(`${packages.join(" and ")} ${packages.length > 1 ? "are" : "is"} not installed`);
}

function resolve(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
