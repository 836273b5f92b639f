/** How an axis is cut, or how it grows: so many numbers at its start and at its end. */
export interface Span {
  readonly side: number;
  readonly before: number;
  readonly after: number;
}

/** Axes that are neither cut nor grow go with the axis before them: fewer axes, longer runs. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && span.before === 0 && span.after === 0) merged.push(scaled(merged.pop()!, span.side));
    else merged.push(span);
  }
  return merged.length === 0 ? [{ side: 1, before: 0, after: 0 }] : merged;
}

const scaled = ({ side, before, after }: Span, by: number): Span => ({
  side: side * by,
  before: before * by,
  after: after * by,
});
