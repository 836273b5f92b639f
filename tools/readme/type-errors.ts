import { join } from "node:path";
import ts from "typescript";
import { root } from "../workspace.js";

/**
 * Type-checks the files as one program under the workspace's own settings; unused names are fine in an example. What
 * they import is not checked again: `npm run typecheck` does.
 */
export function typeErrors(files: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noUnusedLocals: false, noUnusedParameters: false, moduleDetection: "force" },
    root,
  );
  const program = ts.createProgram([...files], options);
  const diagnostics = [program.getOptionsDiagnostics(), ...files.map((file) => diagnosticsOf(program, file))].flat();
  return diagnostics.map((diagnostic) => {
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
    if (!diagnostic.file) return message;
    const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
    return `${diagnostic.file.fileName}:${line + 1}: ${message}`;
  });
}

function diagnosticsOf(program: ts.Program, file: string): readonly ts.Diagnostic[] {
  const source = program.getSourceFile(file)!;
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
}
