/**
 * Resolves in a later turn of the event loop, as soon as there is one: reads, signals and a page's events come first.
 * A timer would wait for 4 ms in a page, and for a second in one that is not seen.
 */
export const nextTurn = (): Promise<void> => new Promise(typeof setImmediate === "function" ? setImmediate : post);

/** What `setImmediate` does, in a page. */
function post(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(null);
}
