import cliProgress from "cli-progress";

/** Something that counts up and says when it will be done. */
interface Progress {
  to(done: number): void;
  stop(): void;
}

const LINE_EVERY_MS = 10_000;

/**
 * Runs something that says how far it is: a bar with the time left on a terminal, elsewhere a line now and then.
 *
 * @param total - what `to` counts up to
 * @param out - where it is drawn. Default: standard error, so that standard output stays clean
 */
export async function withProgress<T>(
  label: string,
  total: number,
  run: (to: (done: number) => void) => Promise<T>,
  out: NodeJS.WriteStream = process.stderr,
): Promise<T> {
  const shown = out.isTTY ? bar(label, total, out) : lines(label, total, out);
  try {
    return await run((done) => shown.to(done));
  } finally {
    shown.stop();
  }
}

function bar(label: string, total: number, stream: NodeJS.WriteStream): Progress {
  const format = "{label} {bar} {percentage}% · {value}/{total} · {duration_formatted} · ETA {eta_formatted}";
  const shades = cliProgress.Presets.shades_classic;
  const drawn = new cliProgress.SingleBar({ format, stream, barsize: 24, hideCursor: true, etaBuffer: 20 }, shades);
  drawn.start(total, 0, { label: label.padEnd(26) });
  return { to: (done) => drawn.update(done), stop: () => drawn.stop() };
}

function lines(label: string, total: number, out: NodeJS.WriteStream): Progress {
  const start = Date.now();
  let last = start;
  const say = (done: number) => {
    const spent = (Date.now() - start) / 1000;
    const left = done > 0 ? ((total - done) * spent) / done : 0;
    out.write(`${label}: ${done}/${total}, ${spent.toFixed(0)} s, ETA ${left.toFixed(0)} s\n`);
  };
  return {
    to(done) {
      if (Date.now() - last < LINE_EVERY_MS && done < total) return;
      last = Date.now();
      say(done);
    },
    stop: () => undefined,
  };
}
