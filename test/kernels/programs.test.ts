// Do the layers' programs stay inside the buffers they ask for, and compute the same whether or not buffers share memory?

import { describe, expect, it } from "vitest";
import { capacities, jobOf, losses, networks, type Outcome, runProgram } from "./cases/programs.ts";
import { expectSame } from "./compare.ts";
import { builds, Engine } from "./harness.ts";

function expectAll(tensors: ReadonlyMap<string, Float32Array>): void {
	for (const [name, values] of tensors) {
		expect(values.every(Number.isFinite), name).toBe(true);
		expect(
			values.some((value) => value !== 0),
			name,
		).toBe(true);
	}
}

function normOf({ gradients }: Outcome): number {
	return Math.hypot(...[...gradients.values()].flatMap((values) => [...values]));
}

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.keys(networks))("%s", (name) => {
		describe.each(losses)("%s", (loss) => {
			it.each(Object.entries(capacities))("planned %s", (_size, capacity) => {
				for (const stateful of [false, true]) {
					const job = jobOf(name, loss, capacity, stateful);
					const apart = runProgram(engine, job, false);
					expect(apart.loss).toBeGreaterThan(0);
					expect(Math.abs(apart.norm / normOf(apart) - 1)).toBeLessThan(1e-12);
					for (const tensors of [apart.gradients, apart.parameters]) expectAll(tensors);
					const together = runProgram(engine, job, true);
					expect(together.loss).toBe(apart.loss);
					expect(together.norm).toBe(apart.norm);
					for (const tensors of ["gradients", "parameters"] as const)
						for (const [parameter, values] of together[tensors])
							expectSame(values, apart[tensors].get(parameter) ?? [], `${tensors}: ${parameter}`);
				}
			});
		});
	});
});
