import type { Recording } from "./record.js";
import { RecordingError } from "./recording-error.js";

/**
 * Refuses a function that does something else each time: a constant that has changed between two recordings would be
 * wrong in every run but one.
 *
 * @throws RecordingError that names the kernel that reads the constant, and its line
 */
export function requireSame(first: Recording, second: Recording): void {
  second.constants.forEach(({ values, kernel, at }, i) => {
    const before = first.constants[i]?.values;
    if (!before || before.length !== values.length) return; // the calls differ, too
    const place = values.findIndex((value, k) => !Object.is(value, before[k]));
    if (place >= 0)
      throw new RecordingError(
        `${kernel} reads a constant that changes from call to call: ${before[place]}, then ${values[place]}. ` +
          "Pass it as a tensor among the arguments; random numbers come from `hostTensor`",
        at,
      );
  });
  second.calls.forEach(({ kernel, nodes, at }, i) => {
    const before = first.calls[i];
    if (before?.kernel !== kernel || before.nodes !== nodes)
      throw new RecordingError(
        `the function does something else each time it is called: ${before?.kernel ?? "nothing"}, then ${kernel}`,
        at,
      );
  });
  if (first.calls.length !== second.calls.length || first.outputs.size !== second.outputs.size)
    throw new RecordingError("the function does something else each time it is called");
}
