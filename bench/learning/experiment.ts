// What an experiment of a paper is, and what comes of one.
import type { Layer, LossName, TrainerOptions } from "bptt";
import type { Chart } from "./chart.ts";

export interface Experiment<O extends Outcome = Outcome> {
	readonly title: string;
	/** What the paper reports. */
	readonly paper: string;
	/** Each by its name. */
	readonly networks: Readonly<Record<string, Network>>;
	/** Trains one of them until it has solved the task or is given up; `limit` replaces the network's own. */
	run(name: string, seed: number, limit?: number): Promise<O>;
	/** The figure to put beside the paper's, of one network's seeds. */
	figure(outcomes: readonly O[]): string;
	chart?(outcomes: readonly O[]): Chart;
}

export interface Network {
	readonly layers: readonly Layer[];
	readonly training: Omit<TrainerOptions<LossName>, "loss">;
	/** Updates after which it is given up. */
	readonly most: number;
}

/** What came of one seed. */
export interface Outcome {
	readonly network: string;
	readonly seed: number;
	/** Updates, sequences and seconds until it was solved, or given up. */
	readonly updates: number;
	readonly sequences: number;
	readonly seconds: number;
	/** Absent where an experiment has nothing to solve. */
	readonly isSolved?: boolean;
}
