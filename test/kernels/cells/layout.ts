// How a cell's rows lie in memory, by its name.

import type { CellName } from "./batch.ts";

interface Layout {
	/** Blocks of a row of gates. */
	readonly blocks: number;
	/** Which block each of the parameters' is, counted from where gates begin, and from where what comes of x begins. */
	readonly order: readonly number[];
	/** The block where gates begin. */
	readonly first: number;
}

const PLAIN = { first: 0 };
const LSTM = { ...PLAIN, blocks: 4, order: [3, 0, 1, 2] };
const COUPLED = { ...PLAIN, blocks: 4, order: [0, 1, 2] };
const GRU = { ...PLAIN, blocks: 4, order: [1, 2, 0] };
const NORMED_GRU = { ...GRU, blocks: 10, first: 6 };

export const layouts: Readonly<Record<CellName, Layout>> = {
	"rnn tanh": { ...PLAIN, blocks: 1, order: [0] },
	"rnn relu": { ...PLAIN, blocks: 1, order: [0] },
	lstm: { ...PLAIN, blocks: 4, order: [0, 1, 2, 3] },
	"lstm peepholes": LSTM,
	"lstm coupled": COUPLED,
	"lstm hard": LSTM,
	"lstm all": COUPLED,
	"lstm norm": { ...LSTM, blocks: 13, first: 8 },
	"lstm norm all": { ...COUPLED, blocks: 13, first: 8 },
	gru: GRU,
	"gru hard": GRU,
	"gru norm": NORMED_GRU,
	"gru reset-before": GRU,
	"gru reset-before hard": GRU,
	"gru reset-before norm hard": NORMED_GRU,
	"indRnn relu": { ...PLAIN, blocks: 1, order: [0] },
	"indRnn tanh": { ...PLAIN, blocks: 1, order: [0] },
	minGru: { ...PLAIN, blocks: 2, order: [0, 1] },
	minLstm: { ...PLAIN, blocks: 3, order: [0, 1, 2] },
	sLstm: { ...PLAIN, blocks: 5, order: [0, 1, 2, 3] },
	"sLstm heads": { ...PLAIN, blocks: 5, order: [0, 1, 2, 3] },
};

export function hasPeepholes(cell: CellName): boolean {
	return cell === "lstm peepholes" || cell.endsWith("all");
}

/** Which block of the parameter each of the peepholes of f, o and i is. */
export function peepholesOf(cell: CellName): number[] {
	if (!hasPeepholes(cell)) return [];
	return isCoupled(cell) ? [0, 1] : [1, 2, 0];
}

export function isCoupled(cell: CellName): boolean {
	return cell === "lstm coupled" || cell.endsWith("all");
}

/** Whether gates are hard sigmoids, as a number. */
export function isHard(cell: CellName): number {
	return +(cell.endsWith("hard") || cell.endsWith("all"));
}

export function isNormed(cell: CellName): boolean {
	return cell.includes("norm");
}

export function isResetAfter(cell: CellName): boolean {
	return cell.startsWith("gru") && !cell.includes("before");
}

/** Whether a cell keeps its states in units of e^m. */
export function isStabilised(cell: CellName): boolean {
	return cell.startsWith("sLstm");
}
