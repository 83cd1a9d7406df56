// Does every corruption of a safetensors file get its sentence?
import { describe, expect, it } from "vitest";
import { DataError, FormatError, ShapeError } from "../../src/errors.ts";
import { readSafetensors, writeSafetensors } from "../../src/files/safetensors.ts";

function fileOf(header: string | Uint8Array, dataBytes = 0): Uint8Array {
	const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
	const bytes = new Uint8Array(8 + json.length + dataBytes);
	new DataView(bytes.buffer).setUint32(0, json.length, true);
	bytes.set(json, 8);
	return bytes;
}

/** A file of one tensor. */
const tensor = (parts: object, dataBytes = 8) =>
	fileOf(
		JSON.stringify({
			a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...parts },
		}),
		dataBytes,
	);

/** A file of tensors of one number, by the byte at which each begins. */
const laid = (begins: Record<string, number>, dataBytes: number) =>
	fileOf(
		JSON.stringify(
			Object.fromEntries(
				Object.entries(begins).map(([name, begin]) => [
					name,
					{ dtype: "F32", shape: [], data_offsets: [begin, begin + 4] },
				]),
			),
		),
		dataBytes,
	);

const length = (low: number, high: number) => {
	const bytes = new Uint8Array(20);
	new DataView(bytes.buffer).setUint32(0, low, true);
	new DataView(bytes.buffer).setUint32(4, high, true);
	return bytes;
};

describe("readSafetensors refuses", () => {
	it.each<[string, Uint8Array]>([
		["the file must have at least 8 bytes, got 3. It is truncated.", new Uint8Array(3)],
		[
			"the header must have at most 10000000 bytes, got 4294967296. This is no safetensors file, or none that is read here.",
			length(0, 1),
		],
		["the header must lie within the 12 bytes that follow its length, got 13. The file is truncated.", length(13, 0)],
		["the header must be UTF-8 text.", fileOf(new Uint8Array([0x7b, 0xff]))],
		['the header must begin with "{", got "[".', fileOf("[]")],
		['the header must begin with "{", got " ".', fileOf(" {}")],
		['the header must begin with "{", got "".', fileOf("")],
		["the header must be JSON.", fileOf('{"a":}')],
		['the header must have each key once, got "a" twice.', fileOf('{"a":{},"\\u0061":{}}')],
		[
			'the header must have each key once, got "shape" twice.',
			fileOf('{"a":{"dtype":"F32","shape":[{":":"\\"{"}],"shape":[0]}}'),
		],
		["the header must be nested at most 16 deep, got more.", fileOf(`{"a":${"[".repeat(16)}${"]".repeat(16)}}`)],
		["the header must hold at most 100000 values, got more.", fileOf(`{"a":[${"0,".repeat(99_998)}0]}`)],
		[`tensor "${"n".repeat(40)}…" must be described by an object, got 1.`, fileOf(`{"${"n".repeat(1e6)}":1}`)],
		['tensor "a" must have 4 bytes for its shape an array of 9, got 8.', tensor({ shape: Array(9).fill(1) })],
		['"__metadata__" must be an object of strings, got an object.', fileOf('{"__metadata__":{"a":1}}')],
		['"__metadata__" must be an object of strings, got null.', fileOf('{"__metadata__":null}')],
		['tensor "a" must be described by an object, got an array of 1.', fileOf('{"a":[1]}')],
		['tensor "a" must have dtype "F32", got "BF16". No other is read here.', tensor({ dtype: "BF16" })],
		['tensor "a" must have dtype "F32", got undefined. No other is read here.', tensor({ dtype: undefined })],
		['tensor "a" must have a shape of integers from 0, got [2, -1].', tensor({ shape: [2, -1] })],
		['tensor "a" must have a shape of integers from 0, got [0.5].', tensor({ shape: [0.5] })],
		['tensor "a" must have a shape of integers from 0, got "2".', tensor({ shape: "2" })],
		[
			'tensor "a" must have a shape of a size that can be, got [9007199254740991, 2].',
			tensor({ shape: [Number.MAX_SAFE_INTEGER, 2] }),
		],
		['tensor "a" must have data_offsets [begin, end], got [0].', tensor({ data_offsets: [0] })],
		['tensor "a" must have data_offsets [begin, end], got undefined.', tensor({ data_offsets: undefined })],
		['tensor "a" must have 8 bytes for its shape [2], got 4.', tensor({ data_offsets: [0, 4] })],
		['tensor "a" must have 8 bytes for its shape [2], got -8.', tensor({ data_offsets: [8, 0] })],
		[
			'tensor "b" must begin at byte 4 of the data, where the one before it ends, got 2. They overlap.',
			laid({ b: 2, a: 0 }, 6),
		],
		[
			'tensor "b" must begin at byte 4 of the data, where the one before it ends, got 8. There is a hole.',
			laid({ a: 0, b: 8 }, 12),
		],
		[
			'tensor "a" must begin at byte 0 of the data, where the one before it ends, got 4. There is a hole.',
			laid({ a: 4 }, 8),
		],
		["the tensors must end where the file does, at byte 7 of the data, got 8. The file is truncated.", tensor({}, 7)],
		[
			"the tensors must end where the file does, at byte 9 of the data, got 8. The file has bytes too many.",
			tensor({}, 9),
		],
		["the file must be a Uint8Array or an ArrayBuffer, got null.", null as unknown as Uint8Array],
	])("%s", (message, bytes) => {
		const read = () => readSafetensors(bytes, "Model.load");
		expect(read).toThrow(new FormatError(`Model.load: ${message}`));
	});

	it("in its own name, unless told another", () => {
		expect(() => readSafetensors(new Uint8Array(0))).toThrow(
			new FormatError("readSafetensors: the file must have at least 8 bytes, got 0. It is truncated."),
		);
	});

	it("nothing that is as deep and has as many values as it may, or only in its strings", () => {
		const deep = `${"[".repeat(13)}${"]".repeat(13)}`;
		const many = `[${"0,".repeat(99_900)}0]`;
		const text = `\\"${"[{,".repeat(100_000)}\\\\`;
		const header = `{"__metadata__":{"text":"${text}"},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":[${deep},${many}]}}`;
		const { tensors, metadata } = readSafetensors(fileOf(header));
		expect([...tensors.keys()]).toEqual(["a"]);
		expect(metadata).toEqual({ text: JSON.parse(`"${text}"`) });
	});
});

describe("writeSafetensors refuses", () => {
	const a = { name: "a", shape: [1], data: new Float32Array(1) };
	it.each<[string, new (message: string) => Error, () => unknown]>([
		[
			"writeSafetensors: tensors must be a list of { name, shape, data }, got undefined.",
			DataError,
			() => writeSafetensors(undefined as never),
		],
		[
			"writeSafetensors: tensors must be a list of { name, shape, data }, got an object.",
			DataError,
			() => writeSafetensors({ a } as never),
		],
		[
			'writeSafetensors: tensors must be a list of { name, shape, data }, got "junk".',
			DataError,
			() => writeSafetensors("junk" as never),
		],
		[
			"writeSafetensors: tensors[1] must be { name, shape, data }, got null.",
			DataError,
			() => writeSafetensors([a, null] as never),
		],
		[
			"writeSafetensors: name of tensors[0] must be a string, got undefined.",
			DataError,
			() => writeSafetensors([{}] as never),
		],
		[
			'writeSafetensors: shape of tensor "a" must be an array of sizes, got 1.',
			DataError,
			() => writeSafetensors([{ ...a, shape: 1 }] as never),
		],
		[
			'writeSafetensors: shape[0] of tensor "a" must be an integer at least 0, got -1.',
			DataError,
			() => writeSafetensors([{ ...a, shape: [-1, -1] }]),
		],
		[
			'writeSafetensors: data of tensor "a" must be a Float32Array, got an array of 1.',
			DataError,
			() => writeSafetensors([{ ...a, data: [1] }] as never),
		],
		[
			"writeSafetensors: metadata must be an object of strings, got null.",
			DataError,
			() => writeSafetensors([a], null as never),
		],
		[
			'writeSafetensors: metadata["epochs"] must be a string, got 3.',
			DataError,
			() => writeSafetensors([a], { epochs: 3 } as never),
		],
		[
			'writeSafetensors: tensor "a" must have 6 numbers for its shape [2, 3], got 1.',
			ShapeError,
			() => writeSafetensors([{ ...a, shape: [2, 3] }]),
		],
		[
			'writeSafetensors: tensor "a" must have a name of its own, got it twice.',
			FormatError,
			() => writeSafetensors([a, a]),
		],
		[
			'writeSafetensors: tensor "__metadata__" must have another name: the format reserves it.',
			FormatError,
			() => writeSafetensors([{ ...a, name: "__metadata__" }]),
		],
		[
			`writeSafetensors: tensor "${"n".repeat(40)}…" must have 1 numbers for its shape an array of 9, got 2.`,
			ShapeError,
			() => writeSafetensors([{ name: "n".repeat(1e6), shape: Array(9).fill(1), data: new Float32Array(2) }]),
		],
		[
			`writeSafetensors: metadata["${"k".repeat(40)}…"] must be a string, got 3.`,
			DataError,
			() => writeSafetensors([a], { ["k".repeat(1e6)]: 3 } as never),
		],
		[
			"writeSafetensors: the header must hold at most 100000 values, got more.",
			FormatError,
			() => writeSafetensors(Array.from({ length: 20_000 }, (_, i) => ({ ...a, name: `${i}` }))),
		],
		[
			"writeSafetensors: names and metadata must fit in 10000000 bytes, got 10000028.",
			FormatError,
			() => writeSafetensors([], { long: "x".repeat(10_000_000) }),
		],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});
