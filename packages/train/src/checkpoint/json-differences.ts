/** Where two plain-JSON values differ: `path: saved, now`. */
export function jsonDifferences(path: string, saved: unknown, now: unknown): readonly string[] {
  if (isRecord(saved) && isRecord(now)) {
    const keys = new Set([...Object.keys(saved), ...Object.keys(now)]);
    return [...keys].flatMap((key) => jsonDifferences(path === "" ? key : `${path}.${key}`, saved[key], now[key]));
  }
  if (Array.isArray(saved) && Array.isArray(now) && saved.length === now.length)
    return saved.flatMap((value, i) => jsonDifferences(`${path}[${i}]`, value, now[i]));
  return JSON.stringify(saved) === JSON.stringify(now)
    ? []
    : [`${path}: ${show(saved)} in the checkpoint, ${show(now)} now`];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const show = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));
