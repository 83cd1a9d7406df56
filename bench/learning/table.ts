// A line for each network of an experiment: what its seeds took.
import type { Experiment, Outcome } from "./experiment.ts";

export const HEADS = ["network", "solved", "updates", "sequences", "seconds", "figure"] as const;

export function rowsOf(experiment: Experiment, outcomes: readonly Outcome[]): string[][] {
	const names = [...new Set(outcomes.map(({ network }) => network))];
	return names.map((name) => {
		const mine = outcomes.filter(({ network }) => network === name);
		const list = (value: (outcome: Outcome) => number) => mine.map((outcome) => value(outcome).toFixed(0)).join(", ");
		return [
			name,
			mine.some(({ isSolved }) => isSolved === undefined)
				? ""
				: `${mine.filter(({ isSolved }) => isSolved).length} of ${mine.length}`,
			list(({ updates }) => updates),
			list(({ sequences }) => sequences),
			list(({ seconds }) => seconds),
			experiment.figure(mine),
		];
	});
}
