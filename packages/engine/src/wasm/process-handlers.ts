import * as tf from "@tensorflow/tfjs-core";

type Factory = NonNullable<ReturnType<typeof tf.findBackendFactory>>;

const events = ["uncaughtException", "unhandledRejection"] as const;
let ours: Factory | undefined;

/**
 * Takes the handlers off the process that `wasm` adds when it starts, now or later. They throw what they are told: Node
 * then prints the library's one line of 38 KB and ends with code 7, and no `unhandledRejection` handler of the program
 * keeps it alive.
 */
export function leaveProcessAlone(): void {
  removeHandlers(); // of a backend that runs already
  const stock = tf.findBackendFactory("wasm");
  if (!stock || stock === ours || "wasm" in tf.engine().registry) return;
  ours = async () => {
    const backend = await stock();
    removeHandlers();
    return backend;
  };
  tf.removeBackend("wasm"); // it has not started: nothing is lost
  tf.registerBackend("wasm", ours, 2); // the priority that tfjs gives it
}

/**
 * The handlers of Emscripten, by which `wasm` is built, without spaces. A program's own that is like the second loses
 * nothing: Node throws rejections anyway.
 */
const handlers: ReadonlySet<string> = new Set([
  "function(ex){if(!(exinstanceofExitStatus)){throwex;}}",
  "function(reason){throwreason;}",
]);

function removeHandlers(): void {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> }; // a page has none
  if (!process?.listeners || !process.off) return;
  for (const event of events)
    for (const listener of process.listeners(event as "exit") as ((...args: unknown[]) => void)[])
      if (handlers.has(String(listener).replace(/\s/g, ""))) process.off(event, listener);
}
