import ts from "typescript";
import type { SourceFile } from "./violations.js";

const hasDoc = (node: ts.Node): boolean => ts.getJSDocCommentsAndTags(node).length > 0;
const textOf = (node: ts.Node): string =>
  ts
    .getJSDocCommentsAndTags(node)
    .map((doc) => doc.getText())
    .join(" ");

/** Exported interfaces `…Options` and `…Config`, and their fields, without a doc comment or the default in it. */
export function undocumentedOptions({ path, text }: SourceFile): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return file.statements.flatMap((node) => {
    if (!ts.isInterfaceDeclaration(node) || !/(Options|Config)$/.test(node.name.text)) return [];
    if (!node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    const name = `${path} ${node.name.text}`;
    const fields = node.members.flatMap((field) => {
      const called = `${name}.${field.name?.getText() ?? ""}`;
      if (!hasDoc(field)) return [called];
      return field.questionToken && !/default/i.test(textOf(field)) ? [`${called}: no default`] : [];
    });
    return hasDoc(node) ? fields : [name, ...fields];
  });
}
