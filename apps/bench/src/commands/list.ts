import { cases } from "../cases/all.js";
import { plainTable } from "../report/plain-table.js";
import { select } from "../select.js";

/** Prints the cases and the sizes they have unless told otherwise. */
export function list(patterns: readonly string[]): void {
  const rows = select(cases, patterns).map(({ name, batch, image, multiView }) => [
    name,
    String(batch),
    image === null ? "–" : String(image.full),
    multiView ? "collections" : "single",
  ]);
  console.log(plainTable(["case", "batch", "image", "samples"], rows));
}
