import * as tf from "@tensorflow/tfjs-core";

type Factory = NonNullable<ReturnType<typeof tf.findBackendFactory>>;

const events = ["uncaughtException", "unhandledRejection"] as const;
const listenersOf = (event: string): ((...args: unknown[]) => void)[] => process.listeners(event as "exit") as never;

let ours: Factory | undefined;

/**
 * Lets `wasm` start without the handlers that it adds to the process. They throw what they are told: Node then prints the
 * library's one line of 38 KB and ends with code 7, and no `unhandledRejection` handler of the program keeps it alive.
 */
export function leaveProcessAlone(): void {
  const stock = tf.findBackendFactory("wasm");
  if (!stock || stock === ours) return;
  ours = async () => {
    const before = events.map((event) => new Set(listenersOf(event)));
    const backend = await stock();
    events.forEach((event, i) => removeAdded(event, before[i]!));
    return backend;
  };
  tf.removeBackend("wasm");
  tf.registerBackend("wasm", ours, 2); // the priority that tfjs gives it
}

/** Of the listeners that were added meanwhile, those of Emscripten, by which `wasm` is built. */
function removeAdded(event: (typeof events)[number], before: ReadonlySet<unknown>): void {
  for (const listener of listenersOf(event))
    if (!before.has(listener) && /ExitStatus|throw reason/.test(String(listener))) process.off(event, listener);
}
