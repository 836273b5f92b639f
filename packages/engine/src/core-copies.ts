import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A tfjs-core on disk. */
export interface CoreCopy {
  readonly path: string;
  readonly version: string;
}

const CORE = "@tensorflow/tfjs-core";
const USERS = ["@tensorflow/tfjs-backend-cpu", "@tensorflow/tfjs-backend-wasm", "@tensorflow/tfjs-layers"];

/**
 * The different tfjs-cores in this process: those that are loaded, and those that this package, the backends and
 * tfjs-layers would load. More than one means tensors that the other copy does not take for tensors.
 *
 * @param from - a file, from whose place modules are looked up. Default: this one
 */
export function coreCopies(from: string = import.meta.url): CoreCopy[] {
  const require = createRequire(from);
  const users = USERS.flatMap((name) => resolveFrom(require, name));
  const resolved = [from, ...users].flatMap((file) => resolveFrom(createRequire(file), CORE));
  const loaded = Object.keys(require.cache).filter((file) => file.includes(join("node_modules", ...CORE.split("/"), "dist"))); // prettier-ignore
  const roots = new Set([...resolved, ...loaded].flatMap(packageRoot));
  return [...roots].map((path) => ({ path, version: versionOf(path) }));
}

/** @throws Error that names the copies, if there are several */
export function requireOneCore(copies: readonly CoreCopy[] = coreCopies()): void {
  if (copies.length <= 1) return;
  const list = copies.map(({ path, version }) => `  ${version}  ${path}`).join("\n");
  throw new Error(
    `useEngine: expected one ${CORE} in this process, found ${copies.length}:\n${list}\n` +
      `Tensors of one are not tensors to the other. See who brings them with \`npm ls ${CORE}\`, then \`npm dedupe\`.`,
  );
}

function resolveFrom(require: NodeJS.Require, name: string): string[] {
  try {
    return [require.resolve(name)];
  } catch {
    return [];
  }
}

/** The folder of the package to which a file belongs, links followed. */
function packageRoot(file: string): string[] {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder))
    if (folder.endsWith("tfjs-core") && existsSync(join(folder, "package.json"))) return [realpathSync(folder)];
  return [];
}

const versionOf = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
