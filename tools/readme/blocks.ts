/** One fenced `ts` block of a Markdown file. */
export interface Block {
  readonly code: string;
  /** Lines of the file before the block's first line of code. */
  readonly line: number;
}

/** The blocks fenced as exactly `ts`, in order; `text`, `sh` and all others are not code to run. */
export function tsBlocks(markdown: string): Block[] {
  const lines = markdown.split("\n");
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^(`{3,})(\S*)/.exec(lines[i]!);
    if (!fence) continue;
    const end = lines.findIndex((line, j) => j > i && line.trimEnd() === fence[1]);
    if (end < 0) throw new Error(`tsBlocks: the block opened in line ${i + 1} is never closed.`);
    if (fence[2] === "ts") blocks.push({ code: lines.slice(i + 1, end).join("\n"), line: i + 1 });
    i = end;
  }
  return blocks;
}

/** A block as a module whose line numbers are those of the Markdown file, so that errors and stacks point into it. */
export const moduleText = ({ code, line }: Block): string => `${"\n".repeat(line)}${code}\n`;
