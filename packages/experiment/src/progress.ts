import cliProgress from "cli-progress";

/** Called with how much of a total is done, by default one more than before, and what was done last. */
export type Done = (done?: number, what?: string) => void;

/** A display that counts up and says when everything will be done. */
interface Progress {
  to(done: number, what: string): void;
  stop(): void;
}

const LINE_EVERY_MS = 10_000;

/**
 * Runs something that says how far it is: a bar with the time left on a terminal, elsewhere a line now and then.
 *
 * @param total - what `to` counts up to
 * @param signal - once it is aborted `to` throws its reason
 * @param out - where it is drawn. Default: standard error, so that standard output stays clean
 */
export async function withProgress<T>(
  label: string,
  total: number,
  run: (to: Done) => Promise<T>,
  {
    signal,
    out = process.stderr,
  }: { readonly signal?: AbortSignal | undefined; readonly out?: NodeJS.WriteStream } = {},
): Promise<T> {
  let last = 0;
  const shown = out.isTTY ? bar(label, total, out) : lines(label, total, out);
  try {
    return await run((done = last + 1, what = "") => {
      shown.to((last = done), what);
      signal?.throwIfAborted();
    });
  } finally {
    shown.stop();
  }
}

function bar(label: string, total: number, stream: NodeJS.WriteStream): Progress {
  const format = "{label} {bar} {percentage}% · {duration_formatted} · ETA {eta_formatted} {what}";
  const options = { format, stream, barsize: 24, hideCursor: true, clearOnComplete: true, etaBuffer: 20 };
  const drawn = new cliProgress.SingleBar(options, cliProgress.Presets.shades_classic);
  drawn.start(total, 0, { label: label.padEnd(26), what: "" });
  return { to: (done, what) => drawn.update(done, { what: what && `· ${what}` }), stop: () => drawn.stop() };
}

function lines(label: string, total: number, out: NodeJS.WriteStream): Progress {
  const start = Date.now();
  let last = start;
  const say = (done: number, what: string) => {
    const spent = (Date.now() - start) / 1000;
    const left = done > 0 ? ((total - done) * spent) / done : 0;
    const share = Math.floor((100 * done) / total);
    out.write(`${label}: ${share} %, ${spent.toFixed(0)} s, ETA ${left.toFixed(0)} s${what && ` · ${what}`}\n`);
  };
  return {
    to(done, what) {
      if (Date.now() - last < LINE_EVERY_MS && done < total) return;
      last = Date.now();
      say(done, what);
    },
    stop: () => undefined,
  };
}
