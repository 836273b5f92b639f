import ts from "typescript";
import type { SourceFile } from "./violations.js";

const MOST = 120;

/** Lines of comments that are wider than prettier lets code be; it leaves comments alone. `file:line`, each. */
export function wideComments({ path, text }: SourceFile): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const wide = new Set<number>();
  const visit = (node: ts.Node): void => {
    const before = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
    const behind = ts.getTrailingCommentRanges(text, node.getEnd()) ?? [];
    for (const { pos, end } of [...before, ...behind].filter((range) => !isForPrettier(range)))
      for (let line = lineOf(pos); line <= lineOf(end); line++) if (widthOf(line) > MOST) wide.add(line + 1);
    ts.forEachChild(node, visit);
  };
  const isForPrettier = ({ pos, end }: ts.TextRange) => text.slice(pos, end) === "// prettier-ignore";
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  const starts = source.getLineStarts();
  const widthOf = (line: number) => [...text.slice(starts[line], starts[line + 1]).trimEnd()].length;
  visit(source);
  return [...wide].map((line) => `${path}:${line}`);
}
