// Does every wrong use of a series or a scaler get its sentence?
import { describe, expect, it } from "vitest";
import { Scaler } from "../../src/data/scaler.ts";
import { SeriesData } from "../../src/data/series.ts";
import { DataError, OptionError, ShapeError } from "../../src/errors.ts";

describe("series refuse", () => {
	const data = SeriesData.from([1, 2, 3, 4, 5]);
	const scaler = new Scaler({ mean: [0, 0], scale: [1, 1] });
	it.each<[string, new (message: string) => Error, () => unknown]>([
		[
			"SeriesData.from: values[2] must be a finite number, got NaN. Fill the gap first, for example with the value before it.",
			DataError,
			() => SeriesData.from([1, 2, Number.NaN]),
		],
		[
			"SeriesData.from: values[1, 0] must be a finite number, got Infinity. Fill the gap first, for example with the value before it.",
			DataError,
			() => SeriesData.from(new Float32Array([1, 2, 1 / 0, 4]), { features: 2 }),
		],
		[
			"SeriesData.from: values[1, 0] must be a finite number, got null. Fill the gap first, for example with the value before it.",
			DataError,
			() => SeriesData.from([[1], [null as unknown as number]]),
		],
		["SeriesData.from: values must hold a step, got none.", DataError, () => SeriesData.from([])],
		[
			"SeriesData.from: values must be an array of numbers or of rows of numbers, got 3.",
			DataError,
			() => SeriesData.from(3 as unknown as number[]),
		],
		["SeriesData.from: values[1] must have 2 features, got 1.", ShapeError, () => SeriesData.from([[1, 2], [3]])],
		[
			"SeriesData.from: values[1] must have 2 features, got null.",
			ShapeError,
			() => SeriesData.from([[1, 2], null as unknown as number[]]),
		],
		[
			"SeriesData.from: values must hold 2 numbers for each step, got 3 in all.",
			ShapeError,
			() => SeriesData.from([1, 2, 3], { features: 2 }),
		],
		[
			'SeriesData.from: "features" must be a positive integer, got 0.',
			OptionError,
			() => SeriesData.from([1, 2, 3], { features: 0 }),
		],
		[
			'SeriesData.from: unknown option "feature". Did you mean "features"?',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => SeriesData.from([1, 2, 3], { feature: 1 }),
		],
		[
			'SeriesData.from: "scaler" must be for 1 features, got one for 2.',
			ShapeError,
			() => SeriesData.from([1, 2, 3], { scaler }),
		],
		[
			'SeriesData.from: "scaler" must be a Scaler, got an object.',
			OptionError,
			() => SeriesData.from([1], { scaler: { mean: [0] } as unknown as Scaler }),
		],
		[
			"SeriesData.split: fractions[1] is 0.01, which leaves that part none of 5 steps.",
			DataError,
			() => data.split([0.99, 0.01]),
		],
		[
			"SeriesData.windows: windows of 5 steps with horizon 1 need a series of at least 6 steps, got 5.",
			DataError,
			() => data.windows({ steps: 5 }),
		],
		[
			"SeriesData.windows: windows of 2 steps with horizon 5 need a series of at least 6 steps, got 5.",
			DataError,
			() => data.windows({ steps: 2, horizon: 5, everyStep: true }),
		],
		['SeriesData.windows: "steps" must be a positive integer, got 0.', OptionError, () => data.windows({ steps: 0 })],
		[
			'SeriesData.windows: with "horizon" 0 a window reads what it should say: feature 0 is in both "inputs" and "targets". Leave it out of "inputs".',
			OptionError,
			() => data.windows({ steps: 1, horizon: 0 }),
		],
		[
			'SeriesData.windows: "horizon" must be a positive integer, got -1.',
			OptionError,
			() => data.windows({ steps: 1, horizon: -1 }),
		],
		[
			'SeriesData.windows: "horizon[1]" must be an integer from 2 to 9007199254740991, got 1.',
			OptionError,
			() => data.windows({ steps: 1, horizon: [2, 1] }),
		],
		[
			'SeriesData.windows: "horizon" must be a number of steps or [first, last], got an array of 1.',
			OptionError,
			() => data.windows({ steps: 1, horizon: [2] as never }),
		],
		[
			"SeriesData.windows: windows of 2 steps with horizon [1, 4] need a series of at least 6 steps, got 5.",
			DataError,
			() => data.windows({ steps: 2, horizon: [1, 4] }),
		],
		[
			"SeriesData.windows: horizon [1, 3] needs a part of at least 3 steps, got 2.",
			DataError,
			() => data.split([0.6, 0.4])[1].windows({ steps: 1, horizon: [1, 3] }),
		],
		[
			'SeriesData.windows: "inputs[0]" must be an integer from 0 to 0, got 1.',
			OptionError,
			() => data.windows({ steps: 1, inputs: [1] }),
		],
		[
			"Scaler.fitRows, rows[1]: values[0, 1] must be a finite number, got NaN. Fill the gap first, for example with the value before it.",
			DataError,
			() => Scaler.fitRows([[[1, 2]], [[1, Number.NaN]]]),
		],
		["Scaler.fitRows: rows[1] must have 2 features, got 1.", ShapeError, () => Scaler.fitRows([[[1, 2]], [[1]]])],
		[
			"Scaler.fitRows: rows must be an array of at least one row, got an array of 0.",
			DataError,
			() => Scaler.fitRows([]),
		],
		[
			"Scaler.transformRows, rows[0]: values[1] must have 2 features, got 3.",
			ShapeError,
			() =>
				scaler.transformRows([
					[
						[1, 2],
						[1, 2, 3],
					],
				]),
		],
		[
			'Scaler.transform: unknown option "levels". Known options: columns.',
			OptionError,
			// @ts-expect-error there are no quantiles to transform
			() => scaler.transform([1, 2], { levels: 2 }),
		],
		[
			'SeriesData.windows: "stride" must be a positive integer, got -1.',
			OptionError,
			() => data.windows({ steps: 1, stride: -1 }),
		],
		[
			'SeriesData.windows: "everyStep" must be true or false, got 1.',
			OptionError,
			() => data.windows({ steps: 1, everyStep: 1 as unknown as boolean }),
		],
		[
			'SeriesData.windows: "targets[0]" must be an integer from 0 to 0, got 1.',
			OptionError,
			() => data.windows({ steps: 1, targets: [1] }),
		],
		[
			'SeriesData.windows: "targets" must be an array of at least one column number, got an array of 0.',
			OptionError,
			() => data.windows({ steps: 1, targets: [] }),
		],
		[
			'SeriesData.windows: unknown option "target". Did you mean "targets"?',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => data.windows({ steps: 1, target: [0] }),
		],
		[
			'Scaler: "scale[0]" must be a finite number above 0, got 0.',
			OptionError,
			() => new Scaler({ mean: [0], scale: [0] }),
		],
		[
			'Scaler: "mean[0]" must be a finite number, got NaN.',
			OptionError,
			() => new Scaler({ mean: [Number.NaN], scale: [1] }),
		],
		[
			'Scaler: "mean" and "scale" must be arrays with a number for each feature, got an array of 1 and an array of 2.',
			OptionError,
			() => new Scaler({ mean: [0], scale: [1, 1] }),
		],
		[
			"Scaler.fit: values must hold 2 numbers for each step, got 3 in all.",
			ShapeError,
			() => Scaler.fit([1, 2, 3], { features: 2 }),
		],
		["Scaler.fit: values must hold a step, got none.", DataError, () => Scaler.fit([])],
		[
			"Scaler.inverse: values must hold 2 numbers for each step, got 3 in all.",
			ShapeError,
			() => scaler.inverse([1, 2, 3]),
		],
		[
			"SeriesData.from: values[0] must be a finite number, got an object. Fill the gap first, for example with the value before it.",
			DataError,
			() => SeriesData.from([{}] as never),
		],
		[
			'Scaler: "mean" and "scale" must be arrays with a number for each feature, got undefined and undefined.',
			OptionError,
			() => new Scaler(null as never),
		],
		[
			"Scaler.fit: values[1] must be a finite number, got a BigInt. Fill the gap first, for example with the value before it.",
			DataError,
			() => Scaler.fit([1, 2n] as never),
		],
		[
			"Scaler.fit: values must be an array of numbers or of rows of numbers, got undefined.",
			DataError,
			() => Scaler.fit(undefined as never),
		],
		[
			"Scaler.transform: values must be an array of numbers or of rows of numbers, got undefined.",
			DataError,
			() => scaler.transform(undefined as never),
		],
		[
			"Scaler.transform: values must be an array of numbers or of rows of numbers, got a DataView.",
			DataError,
			() => scaler.transform(new DataView(new ArrayBuffer(8)) as never),
		],
		[
			"Scaler.transform: values[1] must have 2 features, got 3.",
			ShapeError,
			() =>
				scaler.transform([
					[1, 2],
					[3, 4, 5],
				]),
		],
		[
			"Scaler.transform: values[1, 0] must be a finite number, got NaN.",
			DataError,
			() => scaler.transform([1, 2, Number.NaN, 4]),
		],
		[
			"Scaler.inverse: values must be an array of numbers or of rows of numbers, got null.",
			DataError,
			() => scaler.inverse(null as never),
		],
		[
			"Scaler.inverse: values[0, 1] must be a finite number, got null.",
			DataError,
			() => scaler.inverse([[1, null]] as never),
		],
		[
			'Scaler.transform: "columns[0]" must be an integer from 0 to 1, got 2.',
			OptionError,
			() => scaler.transform([1], { columns: [2] }),
		],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});
