import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { History } from "../../history.js";
import type { Callback } from "../../callbacks/callback.js";

/** The text of a history: a head that must not change while lines are added, and lines that never change. */
export interface Text {
  readonly head: string;
  readonly lines: { readonly length: number; at(line: number): string | undefined };
}

/**
 * A callback that keeps a file equal to a text of the history. The file is rewritten when a session starts, so that
 * after a crash and a resume every step is there once; then lines are appended as they come.
 */
export function historyLog(path: string, textOf: (history: History) => Text): Callback {
  let written = { head: "", lines: 0 };
  const add = (history: History, restart: boolean) => {
    const { head, lines } = textOf(history);
    const rewrite = restart || head !== written.head;
    const from = rewrite ? 0 : written.lines;
    const text = Array.from({ length: lines.length - from }, (_, i) => `${lines.at(from + i)}\n`).join("");
    if (rewrite) writeFileSync(path, head + text);
    else if (text !== "") appendFileSync(path, text);
    written = { head, lines: lines.length };
  };
  return {
    onStart: ({ history }) => {
      mkdirSync(dirname(path), { recursive: true });
      add(history, true);
    },
    onStep: (_event, { history }) => add(history, false),
    onEpoch: (_record, { history }) => add(history, false),
  };
}
