// Layer norms inside a cell: of what its products give, row by row, before they enter the gates.

import { bytes, fma } from "../lanes";
import { standardize, throughNorm } from "../normalize";

const EPSILON: f32 = 1e-5;

/** Brings `blocks` blocks of H floats to mean 0 and variance 1 where they lie, and leaves s = 1 / √(variance + 1e-5) at `scale`. */
export function normalizeBlocks(u: usize, blocks: i32, H: i32, scale: usize): void {
	store<f32>(scale, standardize(u, blocks, H, EPSILON, u));
}

/** u of a row, which stays as it is. */
export function normalizeInto(x: usize, H: i32, u: usize, scale: usize): void {
	store<f32>(scale, standardize(x, 1, H, EPSILON, u));
}

/** y = shift + gain⊙u; y may be shift. */
export function gained(u: usize, gain: usize, shift: usize, y: usize, length: bytes): void {
	for (let j: usize = 0; j < length; j += 16)
		v128.store(y + j, fma(v128.load(gain + j), v128.load(u + j), v128.load(shift + j)));
}

/** The gradient of what was normalised to u, from that of u⊙gain; `adds`: added to dx. */
export function throughGain(
	dy: usize,
	gain: usize,
	u: usize,
	scale: usize,
	blocks: i32,
	H: i32,
	adds: i32,
	dx: usize,
): void {
	throughNorm(dy, gain, u, 0, 1, load<f32>(scale), blocks, H, adds, dx);
}
