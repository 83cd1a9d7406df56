// Does a scaler make features comparable, and lead back?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scaler } from "../../src/data/scaler.ts";

describe("Scaler", () => {
	it("makes mean 0 and deviation 1 of each feature, and goes back", () => {
		const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), {
			minLength: 4,
			maxLength: 40,
		});
		fc.assert(
			fc.property(values, (raw) => {
				const flat = Float32Array.from(raw.slice(0, raw.length & ~1));
				const scaler = Scaler.fit(flat, { features: 2 });
				const scaled = scaler.transform(flat);
				const back = scaler.inverse(scaled);
				for (let feature = 0; feature < 2; feature++) {
					const of = (array: Float32Array) => array.filter((_, i) => i % 2 === feature);
					const column = of(scaled);
					const mean = column.reduce((a, b) => a + b, 0) / column.length;
					const isConstant = of(flat).every((value, _, all) => value === all[0]);
					if (isConstant) {
						expect(column.every((value) => value === 0)).toBe(true);
						expect(scaler.scale[feature]).toBe(1);
						continue;
					}
					const { scale, mean: center } = scaler;
					const size = 1e-6 * Math.abs((center[feature] as number) / (scale[feature] as number));
					expect(Math.abs(mean)).toBeLessThan(1e-5 + size);
				}
				flat.forEach((value, i) => {
					expect(Math.abs((back[i] as number) - value)).toBeLessThan(1e-4);
				});
			}),
		);
	});

	it("gives a constant feature scale 1, whatever rounding does to its mean", () => {
		const scaler = Scaler.fit(new Array(10).fill(0.1));
		expect(scaler).toEqual(new Scaler({ mean: [0.1], scale: [1] }));
		expect([...scaler.transform([0.1, 1.1])]).toEqual([0, 1]);
	});

	it("gives a feature too close to constant scale 1", () => {
		expect(Scaler.fit([0, 1e-200]).scale).toEqual([1]);
	});

	it("uses the population's deviation", () => {
		expect(Scaler.fit([2, 4, 4, 4, 5, 5, 7, 9]).scale).toEqual([2]);
	});

	it("works on chosen columns", () => {
		const scaler = new Scaler({ mean: [1, 2, 3], scale: [2, 4, 8] });
		expect([...scaler.transform([11, 2], { columns: [2, 1] })]).toEqual([1, 0]);
		expect([...scaler.inverse([1, 0], { columns: [2, 1] })]).toEqual([11, 2]);
	});

	it("takes rows as it takes flat values", () => {
		const rows = [[1, 2], new Float32Array([3, 5])];
		const flat = [1, 2, 3, 5];
		const scaler = Scaler.fit(rows);
		expect(scaler).toEqual(Scaler.fit(flat, { features: 2 }));
		expect(scaler.transform(rows)).toEqual(scaler.transform(flat));
		expect(scaler.inverse(rows)).toEqual(scaler.inverse(flat));
	});

	it("takes rows of unequal lengths as all of their steps, and keeps them apart", () => {
		const rows = [[[1, 2]], [new Float32Array([3, 5]), [4, 9]]];
		const scaler = Scaler.fitRows(rows);
		expect(scaler).toEqual(Scaler.fit(rows.flat()));
		const scaled = scaler.transformRows(rows);
		expect(scaled.map((row) => row.length)).toEqual([1, 2]);
		expect(scaled.flat().flatMap((step) => [...step])).toEqual([...scaler.transform(rows.flat())]);
	});

	it("stretches deviations without shifting them, and knows quantiles within a feature", () => {
		const scaler = new Scaler({ mean: [1, 2], scale: [2, 4] });
		expect([...scaler.inverseSpread([1, 1, 3, 0])]).toEqual([2, 4, 6, 0]);
		expect([...scaler.inverse([0, 1, 0, 1], { levels: 2 })]).toEqual([1, 3, 2, 6]);
	});

	it("survives JSON", () => {
		const scaler = Scaler.fit([0.1, 0.2, 0.7]);
		const again = new Scaler(JSON.parse(JSON.stringify(scaler)));
		expect(again).toEqual(scaler);
	});
});
