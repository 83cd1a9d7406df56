import { describe, expect, it } from "vitest";
import { fixtures, inFloat64 } from "../losses/described.ts";
import { centralDifferences, relativeError } from "./centralDifferences.ts";
import { stack } from "./matrix.ts";

/** Do the formulas of losses give PyTorch's numbers, and central differences of the loss its gradient? */
describe.each(fixtures.map((fixture, index) => ({ fixture, what: `${index} ${fixture.loss}` })))(
	"$what",
	({ fixture }) => {
		const y = () => stack(fixture.outputs.map((row) => [...row]));

		it("is PyTorch's", () => {
			const { loss, dOutputs } = inFloat64(fixture, y(), fixture.weights);
			expect(relativeError([loss], [fixture.value])).toBeLessThan(1e-12);
			expect(relativeError(dOutputs.values, fixture.gradient.flat(), 1e-3)).toBeLessThan(1e-12);
		});

		it("has the gradient of its central differences", () => {
			// Outputs are multiples of 1/64: off that grid no difference steps over a corner.
			const outputs = stack(fixture.outputs.map((row) => row.map((v) => v + 1 / 128)));
			const expected = centralDifferences(() => inFloat64(fixture, outputs, fixture.weights).loss, outputs.values);
			const { dOutputs } = inFloat64(fixture, outputs, fixture.weights);
			expect(relativeError(dOutputs.values, expected, 1e-2)).toBeLessThan(1e-6);
		});
	},
);
