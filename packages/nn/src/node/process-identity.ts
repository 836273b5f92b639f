import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { uptime } from "node:os";

/** A process, told from every other: numbers are given again once a process has ended. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in the system's own terms; "" where the system does not say. */
  readonly began: string;
}

/** This process. */
export const ownIdentity = (): ProcessIdentity => ({ pid: process.pid, began: beganOf(process.pid) });

/**
 * Whether a process of this machine is still at work. One that has ended, but that its parent has not asked for, is
 * not. Where the system does not say when it began, one of that number counts, unless the machine was started since.
 *
 * @param since - when it was seen at work, ISO 8601
 */
export function runs({ pid, began }: ProcessIdentity, since: string): boolean {
  if (!exists(pid)) return false;
  const now = beganOf(pid);
  if (began !== "" && now !== "") return now === began;
  return now !== ENDED && !(Date.parse(since) < Date.now() - 1000 * uptime());
}

function exists(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // of another user
  }
}

const ENDED = "ended";

/** @returns "" where the system does not say: on Windows, a number alone tells a process */
export function beganOf(pid: number, platform = process.platform): string {
  try {
    if (platform === "linux") return linuxBegan(pid);
    return platform === "win32" ? "" : unixBegan(pid);
  } catch {
    return "";
  }
}

/** Clock ticks between the machine's start, which has a name, and the process's. */
function linuxBegan(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // what stands before, the command, may hold anything
  const [state, ticks] = [fields[0]!, fields[19]!]; // fields 3 and 22 of proc_pid_stat(5)
  if (state === "Z" || state === "X") return ENDED;
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${ticks}`;
}

/** Day and second. */
const unixBegan = (pid: number): string =>
  execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  }).trim();
