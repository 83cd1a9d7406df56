import { checkMemory, typedName } from "../batch/arrays.ts";
import { DataError, FormatError, ShapeError } from "../errors.ts";
import { show, showSizes } from "../options.ts";
import { describeTensors, type Entry, LENGTH_BYTES, MAX_HEADER_BYTES, parseHeader } from "./header.ts";
import { checkExtent } from "./json.ts";

// The same everywhere, but in no library that both Node's and the browsers' types share.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

/** Bytes of a buffer of their own, as a Blob wants them: `Uint8Array<ArrayBuffer>` in the words of TypeScript 5.7, which
 * older ones, where it is `Uint8Array`, would not understand. */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/** A tensor, row-major; `shape` of a single number is `[]`. */
export interface Tensor {
	readonly shape: readonly number[];
	readonly data: Float32Array;
}

export interface NamedTensor extends Tensor {
	readonly name: string;
}

/** What a safetensors file holds. */
export interface TensorFile {
	/** In the order of their data. */
	readonly tensors: ReadonlyMap<string, Tensor>;
	readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of a safetensors file: readable in Python by `safetensors.numpy.load`.
 *
 * The same tensors in the same order give the same bytes. Their data begin at a multiple of 8.
 * @param tensors Written in this order, as F32.
 * @param metadata Strings that go with them.
 * @throws DataError `writeSafetensors: data of tensor "a" must be a Float32Array, got an array of 6.`
 * @throws ShapeError `writeSafetensors: tensor "a" must have 6 numbers for its shape [2, 3], got 5.`
 * @throws FormatError `writeSafetensors: tensor "a" must have a name of its own, got it twice.`
 * @throws FormatError `writeSafetensors: names and metadata must fit in 10000000 bytes, got 10000028.`
 * @see https://github.com/huggingface/safetensors#format */
export function writeSafetensors(tensors: Iterable<NamedTensor>, metadata?: Readonly<Record<string, string>>): Bytes {
	const list = listOf(tensors);
	checkTensors(list);
	if (metadata !== undefined) checkMetadata(metadata);
	const header = encodeHeader(list, metadata);
	const dataStart = LENGTH_BYTES + header.length;
	const count = list.reduce((sum, { data }) => sum + data.length, 0);
	const bytes = new Uint8Array(dataStart + 4 * count);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, header.length, true);
	bytes.set(header, LENGTH_BYTES);
	let offset = dataStart;
	for (const { data } of list) {
		for (const value of data) {
			view.setFloat32(offset, value, true);
			offset += 4;
		}
	}
	return bytes;
}

function listOf(tensors: Iterable<NamedTensor>): readonly NamedTensor[] {
	if (typeof tensors === "object" && tensors !== null) {
		if (Symbol.iterator in tensors) return [...tensors];
	}
	throw new DataError(`writeSafetensors: tensors must be a list of { name, shape, data }, got ${show(tensors)}.`);
}

/** Checks that a tensor has the form that its type says. */
function checkForm(tensor: unknown, index: number): void {
	const { name, shape, data } = Object(tensor) as Record<string, unknown>;
	const fail = (what: string, expected: string, given: unknown): never => {
		throw new DataError(`writeSafetensors: ${what} must be ${expected}, got ${show(given)}.`);
	};
	if (typeof tensor !== "object" || tensor === null) fail(`tensors[${index}]`, "{ name, shape, data }", tensor);
	if (typeof name !== "string") fail(`name of tensors[${index}]`, "a string", name);
	const of = `of tensor ${show(name)}`;
	if (!Array.isArray(shape)) {
		fail(`shape ${of}`, "an array of sizes", shape);
	} else {
		const wrong = shape.findIndex((size) => !(Number.isSafeInteger(size) && size >= 0));
		if (wrong >= 0) fail(`shape[${wrong}] ${of}`, "an integer at least 0", shape[wrong]);
	}
	if (typedName(data) !== "Float32Array") fail(`data ${of}`, "a Float32Array", data);
	checkMemory("writeSafetensors", `data ${of}`, data);
}

function checkMetadata(metadata: unknown): void {
	if (typeof metadata !== "object" || metadata === null)
		throw new DataError(`writeSafetensors: metadata must be an object of strings, got ${show(metadata)}.`);
	for (const [key, value] of Object.entries(metadata)) {
		if (typeof value !== "string")
			throw new DataError(`writeSafetensors: metadata[${show(key)}] must be a string, got ${show(value)}.`);
	}
}

function checkTensors(tensors: readonly NamedTensor[]): void {
	tensors.forEach(checkForm);
	const names = new Set<string>();
	for (const { name, shape, data } of tensors) {
		const where = `writeSafetensors: tensor ${show(name)}`;
		const size = shape.reduce((product, length) => product * length, 1);
		if (size !== data.length)
			throw new ShapeError(`${where} must have ${size} numbers for its shape ${showSizes(shape)}, got ${data.length}.`);
		if (name === "__metadata__") throw new FormatError(`${where} must have another name: the format reserves it.`);
		if (names.has(name)) throw new FormatError(`${where} must have a name of its own, got it twice.`);
		names.add(name);
	}
}

/** JSON by hand, since an object would put names that look like integers first. */
function encodeHeader(
	tensors: readonly NamedTensor[],
	metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
	const entries = metadata === undefined ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
	let begin = 0;
	for (const { name, shape, data } of tensors) {
		const end = begin + 4 * data.length;
		const description = { dtype: "F32", shape, data_offsets: [begin, end] };
		entries.push(`${JSON.stringify(name)}:${JSON.stringify(description)}`);
		begin = end;
	}
	const text = `{${entries.join(",")}}`;
	checkExtent("writeSafetensors: the header", text);
	const json = new TextEncoder().encode(text);
	if (json.length > MAX_HEADER_BYTES)
		throw new FormatError(
			`writeSafetensors: names and metadata must fit in ${MAX_HEADER_BYTES} bytes, got ${json.length}.`,
		);
	const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
	padded.set(json);
	return padded;
}

/** The tensors of a safetensors file, copied. Only F32 is read. Every rule of the format is checked, and nothing is
 * allocated before the sizes are known to be true, so that no file, however broken, can do harm. What describes the
 * tensors may take 10 MB and be of 100000 values: room for ten thousand tensors.
 * @param where Who speaks in error messages.
 * @throws FormatError `readSafetensors: the file must have at least 8 bytes, got 3. It is truncated.`
 * @throws FormatError `readSafetensors: tensor "a" must have dtype "F32", got "F16". No other is read here.`
 * @throws FormatError `readSafetensors: the tensors must end where the file does, at byte 40 of the data, got 48. The
 * file is truncated.` */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer, where = "readSafetensors"): TensorFile {
	const file = viewOf(where, bytes);
	const { header, dataStart } = parseHeader(where, file);
	const { entries, metadata } = describeTensors(where, header);
	checkLayout(where, entries, file.byteLength - dataStart);
	const tensors = new Map<string, Tensor>();
	for (const { name, shape, begin, end } of entries) {
		const data = new Float32Array((end - begin) / 4);
		const start = dataStart + begin;
		for (let i = 0; i < data.length; i++) data[i] = file.getFloat32(start + 4 * i, true);
		tensors.set(name, { shape, data });
	}
	return { tensors, metadata };
}

function viewOf(where: string, bytes: unknown): DataView {
	try {
		if (!ArrayBuffer.isView(bytes)) return new DataView(bytes as ArrayBuffer);
		return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	} catch {
		const isBuffer = ArrayBuffer.isView(bytes) || Object.prototype.toString.call(bytes) === "[object ArrayBuffer]";
		const got = isBuffer ? "one whose memory was transferred or has shrunk" : show(bytes);
		throw new FormatError(`${where}: the file must be a Uint8Array or an ArrayBuffer, got ${got}.`);
	}
}

/** Checks that the tensors' data follow one another from the first byte to the last. */
function checkLayout(where: string, entries: readonly Entry[], size: number): void {
	let end = 0;
	for (const { name, begin, end: next } of entries) {
		if (begin !== end)
			throw new FormatError(
				`${where}: tensor ${show(name)} must begin at byte ${end} of the data, where the one before it ends, got ${begin}. ${begin < end ? "They overlap." : "There is a hole."}`,
			);
		end = next;
	}
	if (end !== size)
		throw new FormatError(
			`${where}: the tensors must end where the file does, at byte ${size} of the data, got ${end}. ${end > size ? "The file is truncated." : "The file has bytes too many."}`,
		);
}
