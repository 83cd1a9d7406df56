// Are files written exactly by the format, and read back to the bit?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors.ts";
import { type NamedTensor, readSafetensors, writeSafetensors } from "../../src/files/safetensors.ts";

const tensors = fc.uniqueArray(
	fc
		.record({
			name: fc.string({ unit: "binary", maxLength: 12 }),
			shape: fc.array(fc.nat(4), { maxLength: 3 }),
		})
		.filter(({ name }) => name !== "__metadata__")
		.chain(({ name, shape }) => {
			const size = shape.reduce((a, b) => a * b, 1);
			return fc.float32Array({ minLength: size, maxLength: size }).map((data): NamedTensor => ({ name, shape, data }));
		}),
	{ selector: ({ name }) => name, maxLength: 5 },
);
const metadata = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }));

/** The file of one tensor `a`, byte for byte. */
const HEADER = '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
const EXAMPLE = new Uint8Array([
	...[80, 0, 0, 0, 0, 0, 0, 0],
	...new TextEncoder().encode(HEADER),
	0x20,
	...[0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0],
]);

describe("writeSafetensors", () => {
	it("writes these bytes", () => {
		const a = { name: "a", shape: [2], data: new Float32Array([1, -2]) };
		expect(HEADER.length).toBe(79);
		expect(writeSafetensors([a], { k: "v" })).toEqual(EXAMPLE);
	});

	it("begins the data at a multiple of 8", () => {
		fc.assert(
			fc.property(tensors, metadata, (list, strings) => {
				const bytes = writeSafetensors(list, strings);
				const length = new DataView(bytes.buffer).getUint32(0, true);
				const size = list.reduce((sum, { data }) => sum + data.length, 0);
				expect(length % 8).toBe(0);
				expect(bytes.length).toBe(8 + length + 4 * size);
			}),
		);
	});
});

describe("readSafetensors", () => {
	it("gives back what was written", () => {
		fc.assert(
			fc.property(tensors, metadata, (list, strings) => {
				const file = readSafetensors(writeSafetensors(list, strings));
				expect(file.metadata).toEqual(strings);
				expect([...file.tensors.keys()].sort()).toEqual(list.map(({ name }) => name).sort());
				for (const { name, shape, data } of list) expect(file.tensors.get(name)).toEqual({ shape, data });
			}),
		);
	});

	it("gives tensors in the order of their data, whatever their names", () => {
		const names = ["2", "b", "1", "a", "0"];
		const list = names.map((name) => ({
			name,
			shape: [],
			data: new Float32Array([1]),
		}));
		const file = readSafetensors(writeSafetensors(list));
		expect([...file.tensors.keys()]).toEqual(names);
		expect(file.metadata).toEqual({});
	});

	it("takes an ArrayBuffer, and a view that begins anywhere", () => {
		const expected = readSafetensors(EXAMPLE);
		expect(expected.tensors.get("a")?.data).toEqual(new Float32Array([1, -2]));
		expect(readSafetensors(EXAMPLE.slice().buffer)).toEqual(expected);
		const shifted = new Uint8Array(EXAMPLE.length + 5);
		shifted.set(EXAMPLE, 3);
		const view = shifted.subarray(3, 3 + EXAMPLE.length);
		expect(readSafetensors(view)).toEqual(expected);
	});

	it("copies", () => {
		const bytes = EXAMPLE.slice();
		const data = readSafetensors(bytes).tensors.get("a")?.data;
		bytes.fill(0);
		expect(data).toEqual(new Float32Array([1, -2]));
	});

	it("takes a header without padding and with unknown keys, as others write it", () => {
		const header =
			'{"b":{"dtype":"F32","shape":[],"data_offsets":[4,8],"x":[{"y":1}]},"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1,1]}}';
		const json = new TextEncoder().encode(header);
		const bytes = new Uint8Array(8 + json.length + 8);
		bytes[0] = json.length;
		bytes.set(json, 8);
		const { tensors } = readSafetensors(bytes);
		expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
			["a", [1, 1]],
			["b", []],
		]);
	});

	it("throws nothing but FormatError, however a file is broken", () => {
		const edit = fc.record({
			at: fc.nat(),
			byte: fc.oneof(
				fc.nat(255),
				fc.constantFrom(...'"{}[]:,\\0129-.e ').map((c) => c.charCodeAt(0)),
			),
		});
		let refused = 0;
		fc.assert(
			fc.property(
				tensors,
				metadata,
				fc.array(edit, { maxLength: 4 }),
				fc.option(fc.nat(), { nil: undefined }),
				(list, strings, edits, cut) => {
					const whole = writeSafetensors(list, strings);
					for (const { at, byte } of edits) whole[at % whole.length] = byte;
					const bytes = cut === undefined ? whole : whole.subarray(0, cut % whole.length);
					try {
						readSafetensors(bytes);
					} catch (error) {
						expect(error).toBeInstanceOf(FormatError);
						refused++;
					}
				},
			),
			{ numRuns: 2000 },
		);
		expect(refused).toBeGreaterThan(1000);
	});

	it("refuses every truncation", () => {
		for (let size = 0; size < EXAMPLE.length; size++)
			expect(() => readSafetensors(EXAMPLE.subarray(0, size))).toThrow(/truncated\.$/);
	});
});
