// Values dropped by the engine, compared with the textbook's masks.

import { type Drawing, dropoutMask, weightMask } from "../../reference/dropout.ts";
import { matrix } from "../../reference/matrix.ts";
import { expectSame, randomFloats, strided, unstrided } from "../compare.ts";
import type { Engine } from "../harness.ts";

export interface DropoutCase {
	/** Of the user's rows, in his order. */
	readonly lengths: readonly number[];
	readonly size: number;
	readonly rate: number;
	readonly shared?: "steps";
	/** Whether y has something that is added to. */
	readonly adds?: boolean;
}

const DRAWING = { seed: 2 ** 40 + 12_345, update: 7, site: 3 };

export function checkDropout(engine: Engine, given: DropoutCase): void {
	const { lengths, size, rate, shared, adds = false } = given;
	const stride = Math.ceil(size / 4) * 4;
	const packing = engine.packing(lengths);
	const { total, order, alive, offset } = packing.packing;
	const floats = randomFloats(size);
	const [x, before] = [floats(total * size), floats(total * size)];
	const y = engine.floats("y", adds ? strided(before, size, stride) : total * stride);
	engine.call("dropout", {
		...{ packing, order: engine.ids("order", order), columns: size, adds: +adds, y, ldy: 4 * stride },
		...{ x: engine.floats("x", strided(x, size, stride)), ldx: 4 * stride, words: engine.floats("words", 8) },
		...{ threshold: Math.round(rate * 2 ** 24), scale: 1 / (1 - rate), shared: +(shared === "steps") },
		...{ site: DRAWING.site, update: DRAWING.update, seed0: DRAWING.seed >>> 0, seed1: 2 ** 8 },
	});
	const masks = lengths.map((length, row) => {
		const drawing: Drawing = { ...DRAWING, row };
		return dropoutMask(drawing, matrix(length, size), { rate, ...(shared && { shared }) }).values;
	});
	const expected = new Float32Array(total * size);
	const scale = Math.fround(1 / (1 - rate));
	for (const [t, count] of alive.entries())
		for (let place = 0; place < count; place++)
			for (let j = 0; j < size; j++) {
				const at = ((offset[t] as number) + place) * size + j;
				const isKept = masks[order[place] as number]?.[t * size + j] !== 0;
				const value = isKept ? Math.fround((x[at] as number) * scale) : 0;
				expected[at] = adds ? (before[at] as number) + value : value;
			}
	const actual = unstrided(y.f32, size, stride).map((value) => value + 0);
	expectSame(
		actual,
		expected.map((value) => value + 0),
		JSON.stringify(given),
	);
	const padding = unstrided(y.f32, stride - size, stride, size);
	expectSame(padding, new Float32Array(padding.length), `what pads ${JSON.stringify(given)}`);
}

/** Weights in whole vectors, something in what pads the last of them. */
export function checkDropWeights(
	engine: Engine,
	{ size, adds }: { readonly size: number; readonly adds: boolean },
): void {
	const rate = 0.4;
	const whole = Math.ceil(size / 4) * 4;
	const floats = randomFloats(size);
	const [x, before] = [floats(whole), floats(whole)];
	const y = engine.floats("y", adds ? before : whole);
	engine.call("dropWeights", {
		...{ x: engine.floats("x", x), columns: size, adds: +adds, y, words: engine.floats("words", 8) },
		...{ threshold: Math.round(rate * 2 ** 24), scale: 1 / (1 - rate), site: DRAWING.site },
		...{ update: DRAWING.update, seed0: DRAWING.seed >>> 0, seed1: 2 ** 8, blocks: Math.ceil(size / 8) },
	});
	const scale = Math.fround(1 / (1 - rate));
	const kept = weightMask(DRAWING, size, rate).map((factor, j) => (factor ? Math.fround((x[j] as number) * scale) : 0));
	const expected = kept.map((value, j) => Math.fround(adds ? (before[j] as number) + value : value));
	expectSame(y.f32, [...expected, ...new Array<number>(whole - size).fill(0)], `${size} weights`);
}
