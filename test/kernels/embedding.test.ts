// Does every packed row get the vector of its id, and every id the sum of its rows' gradients?

import { describe, expect, it } from "vitest";
import { expectClose, expectSame, randomFloats, range, strided, unstrided } from "./compare.ts";
import { builds, CANARY, Engine, inEveryPlace } from "./harness.ts";

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

const kernels = {
	embeddingForward: checkForward,
	embeddingBackward: checkBackward,
};

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(kernels))("%s", (_name, check) => {
		it("of sizes from 1 to 17, and 65", () => {
			for (const size of [...range(1, 17), 65])
				for (const count of [1, 2, 50]) {
					engine.begin();
					check(engine, size, count);
				}
		});

		it("with every region at the end of memory", () => {
			for (const size of range(1, 9)) inEveryPlace(engine, () => check(engine, size, 4));
		});
	});

	it("adds a row to its id as often as it comes", () => {
		engine.begin();
		const dW = engine.zeros("dW", 2);
		engine.call("embeddingBackward", {
			packing: engine.rows(3),
			ids: engine.ids("ids", [1, 1, 1]),
			dy: engine.floats("dy", [1, 10, 100]),
			lddy: 4,
			size: 1,
			dW,
		});
		expect([...unstrided(dW.f32, 1, 1)]).toEqual([0, 111]);
	});
});
