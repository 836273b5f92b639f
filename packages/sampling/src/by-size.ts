/** Does `task` for values of one size together, and gives the results in the order of the values. */
export function bySize<Value, Result>(
  values: readonly Value[],
  sizeOf: (value: Value) => { readonly width: number; readonly height: number },
  task: (alike: Value[]) => readonly Result[],
): Result[] {
  const places = new Map<string, number[]>();
  for (const [i, value] of values.entries()) {
    const { width, height } = sizeOf(value);
    const size = `${width} × ${height}`;
    places.set(size, [...(places.get(size) ?? []), i]);
  }
  const results: Result[] = [];
  for (const alike of places.values())
    task(alike.map((i) => values[i]!)).forEach((result, k) => (results[alike[k]!] = result));
  return results;
}
