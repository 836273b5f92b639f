import cliProgress from "cli-progress";

/** Counts up to a total and says what was just done and when all will be. */
export interface Progress {
  done(what: string): void;
  stop(): void;
}

/** A bar on a terminal, a line each time elsewhere. On standard error: standard output is for results. */
export const progress = (total: number, out: NodeJS.WriteStream = process.stderr): Progress =>
  out.isTTY ? bar(total, out) : lines(total, out);

function bar(total: number, stream: NodeJS.WriteStream): Progress {
  const format = "{bar} {value}/{total} · {duration_formatted} · ETA {eta_formatted} · {what}";
  const drawn = new cliProgress.SingleBar(
    { format, stream, barsize: 24, hideCursor: true, clearOnComplete: true, etaBuffer: 20 },
    cliProgress.Presets.shades_classic,
  );
  drawn.start(total, 0, { what: "" });
  return { done: (what) => drawn.increment(1, { what }), stop: () => drawn.stop() };
}

function lines(total: number, out: NodeJS.WriteStream): Progress {
  const start = Date.now();
  let count = 0;
  return {
    done(what) {
      const left = ((Date.now() - start) / 1000 / ++count) * (total - count);
      out.write(`[${count}/${total}] ${what} · ETA ${left.toFixed(0)} s\n`);
    },
    stop: () => undefined,
  };
}
