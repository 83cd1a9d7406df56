// Vectors of ids looked up by the engine, and their gradients added up, compared with a loop over the rows.

import { embeddingMask } from "../../reference/dropout.ts";
import { expectClose, expectSame, randomFloats, strided } from "../compare.ts";
import { CANARY, type Engine } from "../harness.ts";

const VOCABULARY = 7;

function place(engine: Engine, size: number, count: number) {
	const floats = randomFloats(size * 100 + count);
	// Every id many times, the first and the last among them, but never id 3.
	const ids = Array.from({ length: count }, (_, k) => {
		const id = (k * 5 + 6) % VOCABULARY;
		return id === 3 ? 0 : id;
	});
	const stride = size + 3;
	return {
		ids,
		stride,
		floats,
		operands: {
			packing: engine.rows(count),
			ids: engine.ids("ids", ids),
			size,
		},
	};
}

function checkForward(engine: Engine, size: number, count: number): void {
	const { ids, stride, floats, operands } = place(engine, size, count);
	const W = floats(VOCABULARY * size);
	const y = engine.floats("y", count * stride - 3);
	engine.call("embeddingForward", {
		...operands,
		W: engine.floats("W", W),
		y,
		ldy: 4 * stride,
	});
	const expected = new Int32Array(count * stride).fill(CANARY);
	const rows = new Float32Array(expected.buffer);
	for (const [k, id] of ids.entries()) rows.set(W.subarray(id * size, (id + 1) * size), k * stride);
	expectSame(y.i32, expected.subarray(0, -3), `${count} rows of ${size}`);
}

function checkBackward(engine: Engine, size: number, count: number): void {
	const { ids, stride, floats, operands } = place(engine, size, count);
	const dy = floats(count * size);
	const before = floats(VOCABULARY * size);
	const dW = engine.floats("dW", before);
	engine.call("embeddingBackward", {
		...operands,
		dy: engine.floats("dy", strided(dy, size, stride).subarray(0, -3)),
		lddy: 4 * stride,
		dW,
	});
	const expected = Float64Array.from(before);
	for (const [k, id] of ids.entries())
		for (let j = 0; j < size; j++)
			expected[id * size + j] = (expected[id * size + j] as number) + (dy[k * size + j] as number);
	expectClose(dW.f32, expected, `${count} rows of ${size}`);
	expectSame(dW.f32.subarray(3 * size, 4 * size), before.subarray(3 * size, 4 * size), "the id that no row has");
}

/** Half of the ids are dropped, in a place that had other values, some of them not finite. */
function checkDropout(engine: Engine, size: number, count: number): void {
	const { ids, stride, floats, operands } = place(engine, size, count);
	const drawing = { seed: 2 ** 40 + 12_345, update: 7, site: 3 };
	const before = floats(count * size).map((value, index) => (index % 7 === 6 ? Number.NaN : value));
	const y = engine.floats("y", strided(before, size, stride).subarray(0, -3));
	engine.call("embeddingDropout", {
		...{ ...operands, y, ldy: 4 * stride, words: engine.floats("words", 8) },
		...{ threshold: 2 ** 23, scale: 2, site: drawing.site, update: drawing.update, seed0: 12_345, seed1: 2 ** 8 },
	});
	const mask = embeddingMask(drawing, VOCABULARY, 0.5);
	const expected = before.map((value, index) => (mask[ids[Math.floor(index / size)] as number] ? 2 * value : 0));
	expectSame(y.f32, strided(expected, size, stride).subarray(0, -3), `${count} rows of ${size}`);
}

/** A check of each kernel of an embedding. */
export const embeddings = {
	embeddingDropout: checkDropout,
	embeddingForward: checkForward,
	embeddingBackward: checkBackward,
};
