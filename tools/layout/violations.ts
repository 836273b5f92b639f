import { posix } from "node:path";
import ts from "typescript";
import { arrows } from "./arrows.js";

/** One source file of the workspace; `path` is relative to its root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The workspace member a file belongs to, e.g. `packages/nn`. */
const memberOf = (path: string): string => path.split("/").slice(0, 2).join("/");

/** Where tfjs's own packages beyond tfjs-core may be imported. */
const backends: ReadonlySet<string> = new Set(["packages/engine", "packages/tfjs-backend-onnxruntime"]);

/** Every import, export-from and `import()` of a module, types included. */
export const importsOf = (text: string): readonly string[] =>
  ts.preProcessFile(text, true, true).importedFiles.map((reference) => reference.fileName);

/**
 * What a file's imports and calls do that the layout forbids; one sentence each: which file, which import, which rule.
 */
export function violations({ path, text }: SourceFile): string[] {
  const fromImports = importsOf(text).flatMap((specifier) => {
    const rule = brokenRule(path, specifier);
    return rule ? [`${path} imports "${specifier}": ${rule}`] : [];
  });
  const picksEngine = /\bsetBackend\s*\(/.test(text) && memberOf(path) !== "packages/engine";
  return picksEngine
    ? [...fromImports, `${path} calls setBackend: only packages/engine picks an engine.`]
    : fromImports;
}

function brokenRule(path: string, specifier: string): string | null {
  const member = memberOf(path);
  if (specifier.startsWith("."))
    return memberOf(posix.join(posix.dirname(path), specifier)) === member
      ? null
      : "it leaves its own package; import other packages by name.";
  if (specifier.startsWith("@fovea/")) return brokenArrow(member, specifier);
  if (/^@tensorflow\/tfjs-core\/dist\b/.test(specifier))
    return "tfjs-core is imported by its name only; deep paths load a second copy or fail in Node.";
  if (/^@tensorflow\/(tfjs|tfjs-layers|tfjs-backend-[a-z]+|tfjs-node(-gpu)?)(\/|$)/.test(specifier))
    return backends.has(member) ? null : "only the engine and backends import tfjs beyond tfjs-core.";
  return null;
}

function brokenArrow(member: string, specifier: string): string | null {
  const [, name = "", inner] = specifier.split("/");
  const allowed = arrows[member];
  if (!allowed) return `${member} is not in tools/layout/arrows.ts; say there what it may import.`;
  if (member === `packages/${name}`) return "a package imports its own files by relative path.";
  if (inner === "src" || inner === "dist") return "another package is imported by its exports, never by a file's path.";
  if (!allowed.includes(name))
    return `${member} may import ${allowed.length > 0 ? allowed.join(", ") : "no other package"} (tools/layout/arrows.ts).`;
  return null;
}
