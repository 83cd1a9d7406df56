// Is every file that is none, or not whole, refused with its sentence?
import { describe, expect, it } from "vitest";
import {
	bidirectional,
	dense,
	FormatError,
	lastStep,
	lstm,
	Model,
	type NamedTensor,
	readSafetensors,
	writeSafetensors,
} from "../../src/index.ts";

const model = await Model.create(
	[bidirectional(lstm({ inputSize: 2, hiddenSize: 3 })), lastStep(), dense({ outputSize: 2 })],
	{ seed: 1 },
);
const bytes = model.save();
const { tensors, metadata } = readSafetensors(bytes);
const { layers } = JSON.parse(metadata.bptt) as { layers: object[] };

/** The file, some of it changed. */
function file(changes: {
	tensors?: (tensors: NamedTensor[]) => NamedTensor[];
	bptt?: string;
	layers?: unknown;
	version?: unknown;
}): Uint8Array {
	const same = [...tensors].map(([name, tensor]) => ({ name, ...tensor }));
	const described = { version: 1, layers, ...changes };
	return writeSafetensors(changes.tensors?.(same) ?? same, {
		bptt: changes.bptt ?? JSON.stringify({ version: described.version, layers: described.layers }),
	});
}

/** The file, layer 0 and layer 2 described otherwise. */
function described(first: unknown, last: unknown = layers[2]): Uint8Array {
	return file({ layers: [first, layers[1], last] });
}

function poison(value: number): (tensors: NamedTensor[]) => NamedTensor[] {
	return (all) => {
		const data = all[1].data.slice();
		data[4] = value;
		return all.with(1, { ...all[1], data });
	};
}

describe("Model.load", () => {
	it.each<[string, unknown]>([
		["Model.load: the file must be a Uint8Array or an ArrayBuffer, got null.", null],
		["Model.load: the file must be a Uint8Array or an ArrayBuffer, got undefined.", undefined],
		['Model.load: the file must be a Uint8Array or an ArrayBuffer, got "model.safetensors".', "model.safetensors"],
		["Model.load: the file must be a Uint8Array or an ArrayBuffer, got an array of 3.", [1, 2, 3]],
		["Model.load: the file must be a Uint8Array or an ArrayBuffer, got a Promise.", Promise.resolve(bytes)],
		["Model.load: the file must have at least 8 bytes, got 0. It is truncated.", new Uint8Array(0)],
		["Model.load: the file must have at least 8 bytes, got 7. It is truncated.", bytes.subarray(0, 7)],
		[
			"Model.load: the header must lie within the 92 bytes that follow its length, got 808. The file is truncated.",
			bytes.subarray(0, 100),
		],
		[
			"Model.load: the tensors must end where the file does, at byte 631 of the data, got 632. The file is truncated.",
			bytes.subarray(0, bytes.length - 1),
		],
		[
			"Model.load: the tensors must end where the file does, at byte 633 of the data, got 632. The file has bytes too many.",
			new Uint8Array([...bytes, 0]),
		],
		[
			"Model.load: the header must have at most 10000000 bytes, got 18446744073709552000. This is no safetensors file, or none that is read here.",
			new Uint8Array(64).fill(255),
		],
		[
			"Model.load: the header must have at most 10000000 bytes, got 8104636974849335000. This is no safetensors file, or none that is read here.",
			new TextEncoder().encode("<!doctype html><title>Not found</title>"),
		],
		[
			'Model.load: the file has no "bptt" in its metadata, so its layers are not known. Save it with Model.save.',
			writeSafetensors([]),
		],
		["Model.load: the file's layers must be JSON.", file({ bptt: "{" })],
		["Model.load: the file is of version undefined; this package reads version 1.", file({ bptt: "null" })],
		["Model.load: the file is of version undefined; this package reads version 1.", file({ bptt: "[]" })],
		["Model.load: the file is of version 2; this package reads version 1.", file({ version: 2 })],
		['Model.load: the file is of version "1"; this package reads version 1.', file({ version: "1" })],
		["Model.load: the file's layers must be a list, got an object.", file({ layers: {} })],
		['Model.load: "layers" must be a list of at least one layer, got an array of 0.', file({ layers: [] })],
		["Model.load: layer 0 of the file is null, which is no layer.", file({ layers: [null] })],
		['Model.load: layer 0 of the file is "lstm", which is no layer.', file({ layers: ["lstm"] })],
		['Model.load: layer 0 of the file is "toString", which is no layer.', file({ layers: [{ type: "toString" }] })],
		["Model.load: lastStep (layer 0): it can't be the first layer.", file({ layers: [lastStep()] })],
		[
			'Model.load: dense (layer 0): the first layer needs "inputSize" (features of a step).',
			file({ layers: layers.toReversed() }),
		],
		[
			"Model.load: layer 0 of the file is wrong. bidirectional: it takes rnn(…), lstm(…), gru(…), indRnn(…), minGru(…), minLstm(…) or sLstm(…), got undefined.",
			described({ type: "bidirectional" }),
		],
		[
			'Model.load: layer 0 of the file is wrong. bidirectional: it takes rnn(…), lstm(…), gru(…), indRnn(…), minGru(…), minLstm(…) or sLstm(…), got "dense".',
			described({ type: "bidirectional", layer: { type: "dense" } }),
		],
		[
			'Model.load: layer 0 of the file is wrong. lstm: "hiddenSize" must be a positive integer, got "3".',
			described({
				type: "bidirectional",
				layer: { type: "lstm", hiddenSize: "3" },
			}),
		],
		[
			'Model.load: layer 0 of the file is wrong. lstm: unknown option "colour". Known options: hiddenSize, inputSize, forgetBias, peepholes, coupledGates, gateActivation, layerNorm, projectionSize, inputDropout, recurrentDropout, zoneout, weightDropout, initialState, initializers.',
			described({ type: "lstm", hiddenSize: 3, inputSize: 2, colour: 1 }),
		],
		[
			'Model.load: tensor "2.weight" is [2, 6], but its layer needs [3, 6].',
			described(layers[0], { type: "dense", outputSize: 3 }),
		],
		[
			'Model.load: tensor "2.weight" is [2, 6], but its layer needs [1000000000, 6].',
			described(layers[0], { type: "dense", outputSize: 1e9 }),
		],
		[
			'Model.load: dense (layer 2): "inputSize" is 5, but the layer before gives 6.',
			described(layers[0], { type: "dense", inputSize: 5, outputSize: 2 }),
		],
		[
			'Model.load: the file has a tensor "0.forward.weight_ih", which none of its layers has.',
			described({ type: "lstm", hiddenSize: 6, inputSize: 2 }),
		],
		[
			'Model.load: the file has no tensor "0.forward.weight_ih", which its layers need.',
			file({ tensors: (all) => all.slice(1) }),
		],
		[
			'Model.load: the file has a tensor "9.bias", which none of its layers has.',
			file({ tensors: (all) => [...all, { ...all[0], name: "9.bias" }] }),
		],
		[
			`Model.load: the file has a tensor "${"9".repeat(40)}…", which none of its layers has.`,
			file({ tensors: (all) => [...all, { ...all[0], name: "9".repeat(1e6) }] }),
		],
		[
			'Model.load: tensor "0.forward.weight_ih" is an array of 10, but its layer needs [12, 2].',
			file({ tensors: (all) => all.with(0, { ...all[0], shape: [...Array(8).fill(1), 2, 12] }) }),
		],
		["Model.load: layer 0 of the file is an object, which is no layer.", file({ layers: [{ type: { toString: 1 } }] })],
		[
			"Model.load: the file must have at most 1000 layers, got 1001.",
			file({ layers: Array(1001).fill({ type: "dense", outputSize: 1 }) }),
		],
		[
			"Model.load: the file must have at most 1000 layers, got 1002.",
			file({ layers: [layers[0], { type: "residual", layers: Array(1000).fill({ type: "layerNorm" }) }] }),
		],
		[
			'Model.load: layer 0 of the file is wrong. dense: "outputSize" must be a positive integer, got undefined.',
			described({ type: "residual", layers: [{ type: "dense" }] }),
		],
		[
			"Model.load: layer 0 of the file is wrong. residual: it takes a list of at least one layer, got undefined.",
			described({ type: "residual" }),
		],
		[
			`Model.load: the file's layers must have each key once, got "type" twice.`,
			file({ bptt: '{"version":1,"layers":[{"type":"lstm","type":"rnn"}]}' }),
		],
		["Model.load: the file's layers must be nested at most 16 deep, got more.", file({ bptt: "[".repeat(17) })],
		[
			'Model.load: tensor "0.forward.weight_ih" is [2, 12], but its layer needs [12, 2].',
			file({ tensors: (all) => all.with(0, { ...all[0], shape: [2, 12] }) }),
		],
		[
			'Model.load: tensor "0.forward.weight_hh"[4] is NaN; parameters must be finite.',
			file({ tensors: poison(Number.NaN) }),
		],
		[
			'Model.load: tensor "0.forward.weight_hh"[4] is -Infinity; parameters must be finite.',
			file({ tensors: poison(-Infinity) }),
		],
	])("%s", async (sentence, given) => {
		const error = await Model.load(given as Uint8Array).then(
			() => new Error("it was loaded"),
			(reason: Error) => reason,
		);
		expect(error.message).toBe(sentence);
		expect(error).toBeInstanceOf(FormatError);
		expect(error.name).toBe("FormatError");
	});

	it("reads the same file unchanged, from wherever it stands", async () => {
		const expected = model.save();
		const shifted = new Uint8Array(bytes.length + 3);
		shifted.set(bytes, 3);
		for (const given of [bytes, file({}), Buffer.from(bytes), bytes.slice().buffer, shifted.subarray(3)])
			expect((await Model.load(given)).save()).toEqual(expected);
	});

	it("does not care in which order the tensors lie", async () => {
		const turned = file({ tensors: (all) => all.toReversed() });
		expect(turned).not.toEqual(bytes);
		expect((await Model.load(turned)).save()).toEqual(bytes);
	});
});
