import { bytes, padded } from "./lanes";
import { rowOfSpan } from "./packing";

/** Sets whole vectors of four floats to zero: gradients, before they are added up.
 *
 * writes  target
 * cut     vectors */
export function zero(target: usize, begin: i32, end: i32): void {
	memory.fill(target + ((<usize>begin) << 4), 0, (<usize>(end - begin)) << 4);
}

/** Copies whole vectors of four floats: gradients that will be clipped, where the unclipped ones are kept.
 *
 * reads   source
 * writes  target
 * cut     vectors */
export function copy(source: usize, target: usize, begin: i32, end: i32): void {
	const first = (<usize>begin) << 4;
	memory.copy(target + first, source + first, (<usize>(end - begin)) << 4);
}

/** Adds whole vectors of four floats: target += source.
 *
 * reads    source
 * updates  target
 * cut      vectors */
export function add(source: usize, target: usize, begin: i32, end: i32): void {
	const first = (<usize>begin) << 4;
	addRow(source + first, target + first, (end - begin) << 2);
}

/** Sets all packed rows of `target` to zero.
 *
 * writes  target [total, ldt]
 * cut     steps
 * spans   steps */
export function zeroRows(packing: usize, target: usize, ldt: bytes, begin: i32, end: i32): void {
	const first = rowOfSpan(packing, begin);
	memory.fill(target + <usize>first * ldt, 0, <usize>(rowOfSpan(packing, end) - first) * ldt);
}

/** target[k, :] = source[k, :] for `columns` values of every packed row k, followed by `zeros` zeros.
 *
 * reads   source [total, lds]
 * writes  target [total, ldt]
 * cut     steps
 * spans   steps */
export function copyRows(
	packing: usize,
	source: usize,
	lds: bytes,
	columns: i32,
	target: usize,
	ldt: bytes,
	zeros: i32,
	begin: i32,
	end: i32,
): void {
	const first = rowOfSpan(packing, begin);
	source += <usize>first * lds;
	target += <usize>first * ldt;
	for (let k = rowOfSpan(packing, end) - first; k > 0; k--, source += lds, target += ldt)
		copyRow(source, target, columns, zeros);
}

/** target[k, :] += source[k, :] for `columns` values of every packed row k.
 *
 * reads    source [total, lds]
 * updates  target [total, ldt]
 * cut      steps
 * spans    steps */
export function addRows(
	packing: usize,
	source: usize,
	lds: bytes,
	columns: i32,
	target: usize,
	ldt: bytes,
	begin: i32,
	end: i32,
): void {
	const first = rowOfSpan(packing, begin);
	source += <usize>first * lds;
	target += <usize>first * ldt;
	for (let k = rowOfSpan(packing, end) - first; k > 0; k--, source += lds, target += ldt)
		addRow(source, target, columns);
}

/** target[k, :] = scale · (a[k, :] + b[k, :]) for `columns` values of every packed row k, followed by `zeros` zeros. Without b,
 * scale · a.
 *
 * reads   a [total, lda]   b [total, ldb], or 0 for none
 * writes  target [total, ldt]
 * cut     steps
 * spans   steps */
export function sumRows(
	packing: usize,
	a: usize,
	lda: bytes,
	b: usize,
	ldb: bytes,
	columns: i32,
	scale: f32,
	target: usize,
	ldt: bytes,
	zeros: i32,
	begin: i32,
	end: i32,
): void {
	const after = rowOfSpan(packing, end);
	for (let k: usize = rowOfSpan(packing, begin); k < <usize>after; k++) {
		const to = target + k * ldt;
		copyRow(a + k * lda, to, columns, zeros);
		if (b) addRow(b + k * ldb, to, columns);
		if (scale !== 1) scaleRow(to, columns, scale);
	}
}

/** Packs sequences of equal lengths: [batchSize, steps, columns] as the user has them becomes [steps, batchSize] packed rows of
 * whole vectors. Returns 1 if every value is finite, else 0.
 *
 * reads   source [batchSize, steps, columns]
 * writes  target [steps, batchSize, ldt]
 * cut     batchSize */
export function packSteps(
	source: usize,
	batchSize: i32,
	steps: i32,
	columns: i32,
	target: usize,
	ldt: bytes,
	begin: i32,
	end: i32,
): i32 {
	const lds = (<usize>columns) << 2;
	const ldStep = <usize>batchSize * ldt;
	let differences = f32x4.splat(0);
	source += <usize>(begin * steps) * lds;
	target += <usize>begin * ldt;
	for (let row = begin; row < end; row++, target += ldt) {
		let to = target;
		for (let t = 0; t < steps; t++, source += lds, to += ldStep) {
			copyRow(source, to, columns, padded(columns) - columns);
			for (let j: usize = 0; j < ldt; j += 16) {
				const x = v128.load(to + j);
				differences = f32x4.add(differences, f32x4.sub(x, x));
			}
		}
	}
	return i32(!v128.any_true(f32x4.ne(differences, differences)));
}

/** Copies `columns` floats and writes `zeros` zeros after them. */
export function copyRow(source: usize, target: usize, columns: i32, zeros: i32): void {
	for (; columns >= 4; columns -= 4, source += 16, target += 16) v128.store(target, v128.load(source));
	for (; columns > 0; columns--, source += 4, target += 4) store<f32>(target, load<f32>(source));
	for (; zeros > 0; zeros--, target += 4) store<f32>(target, 0);
}

/** Adds `columns` floats to those at `target`. */
export function addRow(source: usize, target: usize, columns: i32): void {
	for (; columns >= 4; columns -= 4, source += 16, target += 16)
		v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
	for (; columns > 0; columns--, source += 4, target += 4) store<f32>(target, load<f32>(target) + load<f32>(source));
}

/** Multiplies `columns` floats by `scale`. */
export function scaleRow(x: usize, columns: i32, scale: f32): void {
	const s = f32x4.splat(scale);
	for (; columns >= 4; columns -= 4, x += 16) v128.store(x, f32x4.mul(v128.load(x), s));
	for (; columns > 0; columns--, x += 4) store<f32>(x, load<f32>(x) * scale);
}
