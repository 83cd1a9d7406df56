import { FormatError } from "../errors.ts";
import { show, showSizes } from "../options.ts";
import { parseJson } from "./json.ts";

// The same everywhere, but in no library that both Node's and the browsers' types share.
declare const TextDecoder: new (encoding: "utf-8", options: { fatal: true }) => { decode(bytes: Uint8Array): string };

/** Bytes before the header: its length, a 64-bit integer. All numbers are little-endian. */
export const LENGTH_BYTES = 8;
/** The longest header that is read: a tenth of what the format allows, since a header is parsed whole. A large vocabulary in the
 * metadata fits in. */
export const MAX_HEADER_BYTES = 10_000_000;

/** Where a tensor lies: bytes from the start of the data. */
export interface Entry {
	readonly name: string;
	readonly shape: readonly number[];
	readonly begin: number;
	readonly end: number;
}

/** The header as JSON has it, and where the data begin. */
export function parseHeader(where: string, file: DataView): { header: Record<string, unknown>; dataStart: number } {
	const fail = (sentence: string): never => {
		throw new FormatError(`${where}: ${sentence}`);
	};
	const size = file.byteLength;
	if (size < LENGTH_BYTES) fail(`the file must have at least ${LENGTH_BYTES} bytes, got ${size}. It is truncated.`);
	const length = file.getUint32(0, true) + 2 ** 32 * file.getUint32(4, true);
	if (length > MAX_HEADER_BYTES)
		fail(
			`the header must have at most ${MAX_HEADER_BYTES} bytes, got ${length}. This is no safetensors file, or none that is read here.`,
		);
	const rest = size - LENGTH_BYTES;
	if (length > rest)
		fail(`the header must lie within the ${rest} bytes that follow its length, got ${length}. The file is truncated.`);
	const bytes = new Uint8Array(file.buffer, file.byteOffset + LENGTH_BYTES, length);
	// the decoders of some browsers take no shared memory
	const text = decode(file.buffer instanceof ArrayBuffer ? bytes : bytes.slice());
	if (text === undefined) return fail("the header must be UTF-8 text.");
	if (!text.startsWith("{")) fail(`the header must begin with "{", got ${show(text.slice(0, 1))}.`);
	const header = parseJson(`${where}: the header`, text) as Record<string, unknown>;
	return { header, dataStart: LENGTH_BYTES + length };
}

/** What the header says of its tensors, in the order of their data. */
export function describeTensors(
	where: string,
	header: Record<string, unknown>,
): { entries: Entry[]; metadata: Record<string, string> } {
	const entries: Entry[] = [];
	let metadata: Record<string, string> = {};
	for (const [name, value] of Object.entries(header)) {
		if (name === "__metadata__") metadata = checkMetadata(where, value);
		else entries.push(describeTensor(where, name, value));
	}
	entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
	return { entries, metadata };
}

function checkMetadata(where: string, value: unknown): Record<string, string> {
	const isStrings = isObject(value) && Object.values(value).every((entry) => typeof entry === "string");
	if (isStrings) return value as Record<string, string>;
	throw new FormatError(`${where}: "__metadata__" must be an object of strings, got ${show(value)}.`);
}

function describeTensor(where: string, name: string, value: unknown): Entry {
	const must = (expected: string, received: string): never => {
		throw new FormatError(`${where}: tensor ${show(name)} must ${expected}, got ${received}`);
	};
	if (!isObject(value)) return must("be described by an object", `${show(value)}.`);
	const { dtype, shape, data_offsets: offsets } = value;
	if (dtype !== "F32") must('have dtype "F32"', `${show(dtype)}. No other is read here.`);
	if (!isSizes(shape)) return must("have a shape of integers from 0", `${showSizes(shape)}.`);
	if (!isSizes(offsets) || offsets.length !== 2)
		return must("have data_offsets [begin, end]", `${showSizes(offsets)}.`);
	const [begin, end] = offsets as [number, number];
	const size = 4 * shape.reduce((product, length) => product * length, 1);
	if (!Number.isSafeInteger(size)) must("have a shape of a size that can be", `${showSizes(shape)}.`);
	if (end - begin !== size) must(`have ${size} bytes for its shape ${showSizes(shape)}`, `${end - begin}.`);
	return { name, shape: Object.freeze(shape), begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
	return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function decode(bytes: Uint8Array): string | undefined {
	const decoder = new TextDecoder("utf-8", { fatal: true });
	try {
		return decoder.decode(bytes);
	} catch {
		return undefined;
	}
}
