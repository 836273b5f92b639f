import { posix } from "node:path";
import { importsOf, type SourceFile } from "./violations.js";

/** Files that import one another in a circle, types included, each circle once: `a.ts → b.ts → a.ts`. */
export function circles(files: readonly SourceFile[]): string[] {
  const neighbours = new Map(files.map((file) => [file.path, neighboursOf(file)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push([...way.slice(start), path].join(" → "));
    if (start >= 0 || done.has(path)) return;
    for (const next of neighbours.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

const neighboursOf = ({ path, text }: SourceFile): string[] =>
  importsOf(text)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts"));
