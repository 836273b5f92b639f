/** One tensor of a safetensors file. Offsets count from the end of the header. */
export interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The parsed header of a safetensors file. */
export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bits of a number, for every dtype of the format, also for those that cannot be read here. */
const BITS = {
  ...{ F64: 64, F32: 32, F16: 16, BF16: 16, F8_E4M3: 8, F8_E5M2: 8 },
  ...{ F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8, F6_E2M3: 6, F6_E3M2: 6, F4: 4, C64: 64 },
  ...{ I64: 64, I32: 32, I16: 16, I8: 8, U64: 64, U32: 32, U16: 16, U8: 8, BOOL: 8 },
} as const;

export type Dtype = keyof typeof BITS;

const who = "decodeSafetensors";

/** The limit of the reference implementation: a longer header is an attack or another format. */
const LONGEST_HEADER = 100_000_000;

/** Number of bytes in front of the header. They hold the length of the header. */
export const PREFIX = 8;

/**
 * The length of the header in bytes.
 *
 * @param prefix - the first 8 bytes of the file, or all bytes if there are fewer
 * @param size - the length of the file, in bytes
 * @throws RangeError if the file is too short
 */
export function headerLength(prefix: Uint8Array, size: number): number {
  if (prefix.length < PREFIX)
    throw new RangeError(`${who}: the file has ${size} bytes, fewer than the ${PREFIX} of a length.`);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (length > LONGEST_HEADER)
    throw new RangeError(
      `${who}: the header claims ${length} bytes, more than ${LONGEST_HEADER}; is this safetensors?`,
    );
  if (PREFIX + length > size)
    throw new RangeError(`${who}: the header claims ${length} bytes, but only ${size - PREFIX} follow; truncated?`);
  return length;
}

/**
 * Parses the header and checks it before any tensor is made: the bytes of the tensors must follow one another without
 * gap or overlap and fill the file, as the format demands.
 *
 * @param bytes - the bytes of the header
 * @param available - the number of bytes that follow the header
 * @throws RangeError that names the tensor and what is wrong with it
 */
export function parseHeader(bytes: Uint8Array, available: number): Header {
  const { __metadata__: metadata, ...tensors } = parse(bytes);
  const entries = Object.entries(tensors).map(([name, value]) => entryOf(name, value));
  requireContiguous(entries, available);
  return { entries, metadata: stringsOf(metadata ?? {}) }; // the reference takes null for none
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new RangeError(`${who}: the header is not JSON in UTF-8.`, { cause });
  }
  if (!isRecord(json)) throw new RangeError(`${who}: the header must be a JSON object.`);
  return json;
}

function entryOf(name: string, value: unknown): Entry {
  const bad = (what: string) => new RangeError(`${who}: tensor \`${name}\`: ${what}.`);
  if (!isRecord(value)) throw bad("its header entry must be an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(BITS, dtype))
    throw bad(`dtype must be one of ${Object.keys(BITS).join(", ")}, got ${String(dtype)}`);
  if (!isCounts(shape)) throw bad(`shape must be whole numbers, got ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2)
    throw bad(`data_offsets must be two whole numbers, got ${JSON.stringify(offsets)}`);
  const [begin, end] = offsets as [number, number];
  const size = sizeOf(dtype as Dtype, shape);
  if (end - begin !== size)
    throw bad(
      `${dtype} [${shape.join(", ")}] takes ${size} bytes, but data_offsets [${begin}, ${end}] span ${end - begin}`,
    );
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/** The size of a tensor in bytes: a fraction or Infinity, which no span equals, if it is not a safe whole number. */
const sizeOf = (dtype: Dtype, shape: readonly number[]): number =>
  shape.reduce((product, side) => (product > Number.MAX_SAFE_INTEGER ? Infinity : product * side), BITS[dtype]) / 8;

function requireContiguous(entries: readonly Entry[], available: number): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      throw new RangeError(
        `${who}: tensor \`${name}\` begins at ${begin}, but the one before it ends at ${at}: ${begin < at ? "they overlap" : "there is a gap"}.`,
      );
    at = end;
  }
  if (at !== available)
    throw new RangeError(
      `${who}: the tensors take ${at} bytes, but ${available} follow the header; ${at > available ? "truncated?" : "left-over bytes."}`,
    );
}

function stringsOf(metadata: unknown): Record<string, string> {
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string"))
    throw new RangeError(`${who}: \`__metadata__\` must map strings to strings.`);
  return metadata as Record<string, string>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((side) => Number.isSafeInteger(side) && side >= 0);
