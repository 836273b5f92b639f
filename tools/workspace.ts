import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the root package.json. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The text of a file of the workspace. @param path - relative to the root */
export const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Every workspace member, e.g. `packages/nn`, in order. */
export const members: readonly string[] = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .map((name) => `${folder}/${name}`)
    .filter((member) => existsSync(join(root, member, "package.json"))),
);

/** What the tools need to know of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly keywords?: readonly string[];
  readonly files?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export const manifestOf = (member: string): Manifest => JSON.parse(read(`${member}/package.json`)) as Manifest;

/** Every file under a folder, relative to the root with forward slashes, in order; none if there is no such folder. */
export function filesUnder(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).split(sep).join("/"))
    .sort();
}
