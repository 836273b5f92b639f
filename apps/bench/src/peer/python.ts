import { spawnSync } from "node:child_process";
import { BadInput } from "../bad-input.js";

/** A Python in which `import torch` works. */
export interface Python {
  readonly command: string;
  /** The version of PyTorch. */
  readonly version: string;
}

/** The release that `peer/` was written for. */
const TORCH = "2.13.0";

/**
 * The Python that `--python` or FOVEA_PYTHON names, else `python3`.
 *
 * @throws BadInput that says how to get PyTorch, if that Python has none
 */
export function findPython(command = process.env["FOVEA_PYTHON"] || "python3"): Python {
  const asked = spawnSync(command, ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" });
  if (asked.status === 0) return { command, version: asked.stdout.trim() };
  const reason = asked.error
    ? "cannot be run"
    : asked.stderr.trim().split("\n").at(-1) || `ends with code ${asked.status}`;
  throw new BadInput(
    `the peer is a Python with PyTorch, and \`${command}\` is none (${reason}): \`${command} -m pip install torch==${TORCH}\`, or name another by --python or FOVEA_PYTHON.`,
  );
}
