import type { Job } from "../job.js";

const SUFFIXES = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/**
 * A number as three digits that count and a suffix: 12345678 → `12.3M`, 0.01234 → `0.012`. At most five characters
 * below 10¹².
 */
export function compact(x: number): string {
  if (x === 0) return "0";
  const [unit, suffix] = SUFFIXES.find(([unit]) => Math.abs(x) >= 0.9995 * unit) ?? [1, ""];
  const scaled = x / unit;
  const decimals = Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(scaled) * 1.0005))));
  return scaled.toFixed(decimals) + suffix;
}

/** Bytes in megabytes, without a decimal point. */
export const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

/** A factor as a change: 1.05 → `+5.0 %`. */
export const change = (factor: number): string =>
  `${factor < 1 ? "−" : "+"}${Math.abs(100 * (factor - 1)).toFixed(1)} %`;

/** The mode, the batch and the image: `train 16`, or `train 16×3@64` for collections of 3 views of 64 × 64 pixels. */
export const stepName = ({ mode, batch, views, image }: Pick<Job, "mode" | "batch" | "views" | "image">): string =>
  `${mode} ${batch}${views > 1 ? `×${views}` : ""}${image === null ? "" : `@${image}`}`;

/** A number of threads in words; empty where a job leaves it to the engine. */
export const threadsText = ({ threads }: Pick<Job, "threads">): string =>
  threads === undefined ? "" : `${threads} ${threads === 1 ? "thread" : "threads"}`;

/** All that tells one job of a case from another, the engine apart. */
export const stepWithThreads = (job: Job): string => [stepName(job), threadsText(job)].filter(Boolean).join(", ");
