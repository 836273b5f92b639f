import { existsSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix } from "node:path";
import ts from "typescript";
import { manifestOf, read, root } from "../workspace.js";
import { importsOf, type SourceFile } from "./violations.js";

/** Entries of published packages that load in a page. All others are for Node alone. */
export const pageEntries: Readonly<Record<string, readonly string[]>> = {
  "packages/nn": [".", "./testing"],
  "packages/backbones": ["."],
  "packages/transformers": ["."],
  "packages/fusion": [".", "./contract"],
  "packages/losses": ["."],
  "packages/patch-sampling": ["."],
  "packages/segmentation": ["."],
  "packages/data": ["."],
  "packages/train": ["."],
  "packages/pretrained": [".", "./nsfwjs"],
  "packages/bimodal": [".", "./wink"],
  "packages/models": ["."],
  "packages/engine": ["./wasm"],
  "packages/onnx-graph": [".", "./kernels"],
  "packages/tfjs-backend-onnxruntime": ["./cpu"],
};

/** What else such an entry may import: packages that are known to load in a page. */
const pagePackages: ReadonlySet<string> = new Set([
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-layers",
  "@tensorflow/tfjs-backend-cpu",
  "@tensorflow/tfjs-backend-wasm",
  "geotiff",
  "zstddec",
  "protobufjs/light.js",
  "nsfwjs/models/mobilenet_v2",
  "wink-nlp",
  "wink-eng-lite-web-model",
]);

/** Names that only Node has. A file may take them from `globalThis`, where they are missing in a page. */
const nodeGlobals: ReadonlySet<string> = new Set(["process", "Buffer", "global", "require", "__dirname", "__filename"]);

/** The source file of an entry, e.g. of `packages/nn` and `./node`; undefined if there is none. */
function sourceOf(member: string, entry: string): string | undefined {
  const target = manifestOf(member).exports?.[entry] as { "@fovea/source"?: string } | undefined;
  const source = target?.["@fovea/source"];
  return source === undefined ? undefined : posix.join(member, source);
}

/** What keeps an entry from loading in a page, through all that it imports, types included; one sentence each. */
export function pageProblems(member: string, entry: string, textOf: (path: string) => string = read): string[] {
  const start = sourceOf(member, entry);
  if (start === undefined) return [`${member} has no entry "${entry}".`];
  const [waiting, seen, problems] = [[start], new Set([start]), [] as string[]];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = { path, text: textOf(path) };
    problems.push(...globalsIn(file));
    for (const specifier of importsOf(file.text)) {
      const next = resolve(path, specifier);
      if (next.problem !== undefined) problems.push(`${path} imports "${specifier}": ${next.problem}`);
      if (next.file === undefined || seen.has(next.file)) continue;
      seen.add(next.file);
      waiting.push(next.file);
    }
  }
  return problems;
}

/** The file that an import leads to, if it is of the workspace, or what is wrong with it. */
function resolve(path: string, specifier: string): { readonly file?: string; readonly problem?: string } {
  if (specifier.startsWith(".")) return { file: posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts") };
  const [, name, inner] = /^@fovea\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  if (name !== undefined) {
    const [member, entry] = [`packages/${name}`, inner === undefined ? "." : `./${inner}`];
    const file = sourceOf(member, entry);
    return file !== undefined && pageEntries[member]?.includes(entry)
      ? { file }
      : { problem: "that entry is for Node alone." };
  }
  if (specifier.startsWith("node:") || builtinModules.includes(specifier))
    return { problem: "a page has no such module." };
  return pagePackages.has(specifier) ? {} : { problem: "not known to load in a page (tools/layout/pages.ts)." };
}

/** Uses of Node's globals that the file has not made its own by a declaration. */
function globalsIn({ path, text }: SourceFile): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const [used, declared] = [new Set<string>(), new Set<string>()];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && nodeGlobals.has(node.text)) {
      if (isDeclaration(node)) declared.add(node.text);
      else if (!isMember(node)) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...used]
    .filter((name) => !declared.has(name))
    .map((name) => `${path} uses \`${name}\`, which a page has not.`);
}

const isDeclaration = (node: ts.Identifier): boolean =>
  (ts.isBindingElement(node.parent) || ts.isVariableDeclaration(node.parent) || ts.isParameter(node.parent)) &&
  node.parent.name === node;

/** Whether it is the name of a property: `x.process`, `{ process: 1 }`, a field of a type. */
const isMember = (node: ts.Identifier): boolean =>
  (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
  (ts.isPropertyAssignment(node.parent) && node.parent.name === node) ||
  ts.isTypeElement(node.parent);

/** The table of a README that says where each entry runs. */
export function runsIn(member: string): string[][] {
  const { name, exports = {} } = manifestOf(member);
  const entries = Object.keys(exports).filter((entry) => entry !== "./package.json");
  return entries.map((entry) => [
    `\`${posix.join(name, entry)}\``,
    "yes",
    pageEntries[member]?.includes(entry) ? "yes" : "no",
  ]);
}

/** The rows of the table `import | Node | browser` of a README; none if it has no such table. */
export function runsInOf(member: string): string[][] {
  const path = join(member, "README.md");
  const lines = existsSync(join(root, path)) ? read(path).split("\n") : [];
  const cells = (line: string) => line.split("|").slice(1, -1).map((cell) => cell.trim()); // prettier-ignore
  const head = lines.findIndex((line) => cells(line).join() === "import,Node,browser");
  if (head < 0) return [];
  const rows = lines.slice(head + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith("|")),
    )
    .map(cells);
}
