import { cases } from "../cases/all.js";
import type { CaseInfo } from "../cases/case.js";
import { largeCases } from "../large/cases.js";
import { textTable } from "@fovea/experiment/console";
import { selectByName } from "../select.js";

/** Prints the cases of both suites, and the sizes they have unless told otherwise. */
export function list(patterns: readonly string[]): void {
  const rows = selectByName<CaseInfo>([...cases, ...largeCases()], patterns).map(
    ({ name, batch, image, multiView }) => [
      name,
      [batch].flat().join(", "),
      image === null ? "–" : [image.full].flat().join(", "),
      multiView ? "collections" : "single",
    ],
  );
  console.log(textTable({ head: ["case", "batch", "image", "samples"], rows }));
}
