// Layer norms inside cells.

import type { Builder } from "../../plan/builder.ts";
import { valuesCost } from "../../plan/cost.ts";
import { weightGradient } from "../../plan/products.ts";
import { type Address, at, type Buffer, type State } from "../../plan/program.ts";
import { constant } from "../initializers/elementwise.ts";
import type { VectorInitializer } from "../initializers/index.ts";
import type { ParameterSpec } from "../layer.ts";
import { walkOf } from "./recurrent.ts";

/** How the gains of a cell's layer norms start; only with `layerNorm`. */
export interface NormInitializers {
	readonly norm_ih?: VectorInitializer | undefined;
	readonly norm_hh?: VectorInitializer | undefined;
}

/** The gains of the products with x and with the state before: ones at first. */
export function normParameters(rows: number): ParameterSpec[] {
	return ["norm_ih", "norm_hh"].map((name) => ({ name, shape: [rows], initializer: constant(1) }));
}

/** Rows of gates, which with layer norms hold what these made of the products too, and rows of their gradients. */
export interface GateRows {
	readonly builder: Builder;
	/** A state of as many units as each gate has. */
	readonly state: State;
	readonly gates: Buffer;
	readonly dz: Buffer;
	/** Blocks of a row. */
	readonly width: number;
}

/** Neighbouring blocks of dz, from the `first`-th on. */
export function blocksOfDz({ state, dz, width }: GateRows, first: number, blocks: number) {
	return { address: at(dz, first * state.stride), stride: width * state.stride, blocks, rows: state.size };
}

/** dγ += Σ dz⊙u, of u⊙γ: blocks of dz from `first` on, and those of u, which the gates' rows have from `u` on. */
export function gainGradient(
	{ builder, state, gates, dz, width }: GateRows,
	{ first, u, blocks }: { readonly first: number; readonly u: number; readonly blocks: number },
	gradient: Buffer | Address,
): void {
	const { axis, size, stride } = state;
	const [ldh, lddz] = [width * stride, width * stride];
	const rows = { h: at(gates, u * stride), ldh, dz: at(dz, first * stride), lddz, blocks };
	builder.call(
		"elementwiseGradient",
		{ ...walkOf(axis, state), ...rows, after: 1, du: gradient },
		{ equation: "dγ += Σ dz⊙LN", cost: valuesCost(axis, blocks * size, 2) },
	);
}

/** db += Σ dz, of blocks of dz from `first` on. */
export function shiftGradient(rows: GateRows, first: number, blocks: number, db: Buffer | Address): void {
	const { builder, state } = rows;
	weightGradient(builder, { axis: state.axis, reverse: state.reverse, dy: blocksOfDz(rows, first, blocks), db });
}
