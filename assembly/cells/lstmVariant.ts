// Long short-term memory as in lstm.ts, with peepholes (Gers & Schmidhuber 2000), coupled gates (Greff et al. 2017), hard sigmoids, layer
// norms (Ba et al. 2016), or anything of hiddenRecord.ts, or several of them; c too may be zoned out (Krueger et al. 2017), h[t] is of the
// cell before that.
//
// Gates lie in the order [f | g | o | i], so that those that coupled gates are computed from x and h[t-1] are neighbours: all but i. With
// layer norms, a row is [x·Wxᵀ | h·Whᵀ | gates | c], all of them in this order and all but the gates normalised.

import { gateRow, tanhRow } from "../activations";
import { bytes, fma, padded } from "../lanes";
import { addProduct, product } from "../product/product";
import { gained, normalizeBlocks, normalizeInto } from "./cellNorm";
import { leave, readable } from "./hidden";
import { HiddenForward } from "./hiddenRecord";
import { zone } from "./hiddenRows";
import { depthOf, ofHidden } from "./record";
import { walkForward } from "./walk";

/** Blocks of a row, and the block where its gates begin. */
export function blocksOf(gains: usize): i32 {
	return gains ? 13 : 4;
}

export function firstGate(gains: usize): i32 {
	return gains ? 8 : 0;
}

@unmanaged
export class LstmVariantForward extends HiddenForward {
	c: usize;
	/** [total, P] the cell before zoneout; c where there is none. */
	fresh: usize;
	/** As HiddenForward's, of c. */
	uc: f32;
	updatesC: usize;
	Wh: usize;
	/** Three rows [P]: of f, of o and of i, whose last is not read where gates are coupled; 0: no peepholes. */
	peepholes: usize;
	coupled: i32;
	/** Whether gates are hard sigmoids. */
	hard: i32;
	/** Of layer norms γx and γh [4P], b [4P], γc and βc [P]; 0: there are none. */
	gains: usize;
	/** With layer norms, 1 / √(variance + 1e-5) of each row's x·Wxᵀ, h·Whᵀ and c, and room for one more. */
	scales: usize;
}

/** LSTM over all steps, keeping what lstmVariantBackward needs.
 *
 *   z[t] = x[t]·Wxᵀ + b + h[t-1]·Whᵀ         z = [f | g | o | i]
 *   f = σ(f + pf⊙c[t-1])                      i = σ(i + pi⊙c[t-1]), coupled: 1 - f
 *   c[t] = f⊙c[t-1] + i⊙tanh(g)              o = σ(o + po⊙c[t])     h[t] = o⊙tanh(c[t])
 *
 * where σ(z) is 1 / (1 + e⁻ᶻ), or hard: 0.2z + 0.5 within 0 and 1; zoned out, that c[t] is `fresh`, and c[t] = u⊙fresh + (1-u)⊙c[t-1].
 * With layer norms
 *
 *   z[t] = LN(x[t]·Wxᵀ)⊙γx + LN(h[t-1]·Whᵀ)⊙γh + b     h[t] = o⊙tanh(LN(c[t])⊙γc + βc)     LN(v) = (v - mean) / √(variance + 1e-5)
 *
 * over the 4H gates of a row (coupled 3H), and over the H cells; c itself stays as it is.
 * reads   x [total, ldx]   Wx, Wh panels, transposed, [I, 4P], [H, 4P], coupled 3P   bx [4P] = b; with layer norms 0   peepholes   gains
 *         initial rows of the states
 * writes  gates [total, 4P] (after σ and tanh); with layer norms [total, 13P]   h, c, m, fresh [total, P]   scales [total, 4]
 *         read, projected: assembly/cells/hiddenRecord.ts
 * cut     sequences
 * spans   steps
 * cost    2 · total · 4H · (I + H) operations */
export function lstmVariantForward(w: LstmVariantForward, begin: i32, end: i32): void {
	walkForward<LstmVariantForward>(forward, w, begin, end, w.coupled ? 3 : 4, blocksOf(w.gains));
}

function forward(w: LstmVariantForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const N = w.coupled ? 3 : 4;
	const ldh = (<usize>P) << 2;
	const ldg = ldh * blocksOf(w.gains);
	const row = w.gates + now * blocksOf(w.gains);
	const R = (<usize>padded(w.R)) << 2;
	const h = readable(w, w.h + ofHidden(w, past), now, count);
	const depth = depthOf(w, past);
	if (w.gains) {
		product(count, N * P, depth, h, R, w.Wh, row + ldh * 4, ldg, 0, 0);
		normalizeProducts(w, now, count);
	} else addProduct(count, N * P, depth, h, R, w.Wh, row, ldg);
	equations(w, past, now, count);
	if (w.fresh !== w.c) zone(count, w.c + past, w.fresh + now, w.updatesC ? w.updatesC + now : 0, w.uc, w.c + now, ldh);
	leave(w, past, now, count);
}

/** z = b + γx⊙LN(x·Wxᵀ) + γh⊙LN(h·Whᵀ). */
function normalizeProducts(w: LstmVariantForward, now: bytes, count: i32): void {
	const N = w.coupled ? 3 : 4;
	const ldh = (<usize>padded(w.H)) << 2;
	const length = ldh * N;
	const b = w.gains + ldh * 8;
	let x = w.gates + now * 13;
	let scales = w.scales + (now / ldh) * 16;
	for (; count > 0; count--, x += ldh * 13, scales += 16) {
		const h = x + ldh * 4;
		const z = x + ldh * 8;
		normalizeBlocks(x, N, w.H, scales);
		normalizeBlocks(h, N, w.H, scales + 4);
		gained(x, w.gains, b, z, length);
		gained(h, w.gains + ldh * 4, z, z, length);
	}
}

function equations(w: LstmVariantForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh * blocksOf(w.gains);
	const pf = w.peepholes;
	const po = pf + ldh;
	const pi = po + ldh;
	const normC = w.gains + ldh * 12;
	let f = w.gates + now * blocksOf(w.gains) + ldh * firstGate(w.gains);
	let cBefore = w.c + past;
	let c = w.fresh + now;
	let h = w.m + now;
	let scales = w.scales + (now / ldh) * 16;
	for (; count > 0; count--, f += ldg, cBefore += ldh, c += ldh, h += ldh, scales += 16) {
		const g = f + ldh;
		const o = g + ldh;
		const i = o + ldh;
		if (pf) peep(f, pf, cBefore, ldh);
		gateRow(<bool>w.hard, f, f, P);
		if (w.coupled) oneMinus(f, i, ldh);
		else {
			if (pf) peep(i, pi, cBefore, ldh);
			gateRow(<bool>w.hard, i, i, P);
		}
		tanhRow(g, g, P);
		for (let j: usize = 0; j < ldh; j += 16) {
			const kept = f32x4.mul(v128.load(f + j), v128.load(cBefore + j));
			v128.store(c + j, fma(v128.load(i + j), v128.load(g + j), kept));
		}
		if (pf) peep(o, po, c, ldh);
		gateRow(<bool>w.hard, o, o, P);
		if (w.gains) {
			const u = i + ldh;
			normalizeInto(c, w.H, u, scales + 8);
			gained(u, normC, normC + ldh, h, ldh);
			tanhRow(h, h, P);
		} else tanhRow(c, h, P);
		for (let j: usize = 0; j < ldh; j += 16) v128.store(h + j, f32x4.mul(v128.load(h + j), v128.load(o + j)));
	}
}

/** z += p⊙c. */
export function peep(z: usize, p: usize, c: usize, length: bytes): void {
	for (let j: usize = 0; j < length; j += 16)
		v128.store(z + j, fma(v128.load(p + j), v128.load(c + j), v128.load(z + j)));
}

function oneMinus(f: usize, i: usize, length: bytes): void {
	const one = f32x4.splat(1);
	for (let j: usize = 0; j < length; j += 16) v128.store(i + j, f32x4.sub(one, v128.load(f + j)));
}
