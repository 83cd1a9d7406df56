// C[M, N] += A·B in plain JavaScript: tiles of 3 x 4 sums in registers, blocks of 256 in depth. Sums are float64, what V8
// computes in; Math.fround around each operation made it slower.

const DEPTH = 256;

/** A part of an array as a matrix: element (row, column) at `begin + row·rowStride + column·columnStride`. */
export interface Matrix {
	readonly values: Float32Array;
	readonly begin: number;
	readonly rowStride: number;
	readonly columnStride: number;
}

/** Adds A·B to C; the columns of B and C lie side by side. */
export function addProduct(
	M: number,
	N: number,
	K: number,
	{ values: a, begin, rowStride, columnStride }: Matrix,
	{ values: b, begin: bBegin, rowStride: ldb }: Matrix,
	{ values: c, begin: cBegin, rowStride: ldc }: Matrix,
): void {
	const [wholeM, wholeN] = [M - (M % 3), N - (N % 4)];
	for (let k = 0; k < K; k += DEPTH) {
		const depth = Math.min(DEPTH, K - k);
		const aAt = begin + k * columnStride;
		const bAt = bBegin + k * ldb;
		for (let n = 0; n < wholeN; n += 4) {
			for (let m = 0; m < wholeM; m += 3) {
				const at = aAt + m * rowStride;
				const to = cBegin + m * ldc + n;
				tile(depth, a, at, rowStride, columnStride, b, bAt + n, ldb, c, to, ldc);
			}
			for (let m = wholeM; m < M; m++) {
				const at = aAt + m * rowStride;
				row(depth, a, at, columnStride, b, bAt + n, ldb, c, cBegin + m * ldc + n);
			}
		}
		for (let n = wholeN; n < N; n++)
			for (let m = 0; m < M; m++) {
				const at = aAt + m * rowStride;
				dot(depth, a, at, columnStride, b, bAt + n, ldb, c, cBegin + m * ldc + n);
			}
	}
}

function tile(
	K: number,
	a: Float32Array,
	a0: number,
	rowStride: number,
	depthStride: number,
	b: Float32Array,
	bk: number,
	ldb: number,
	c: Float32Array,
	c0: number,
	ldc: number,
): void {
	let a1 = a0 + rowStride;
	let a2 = a1 + rowStride;
	const [c1, c2] = [c0 + ldc, c0 + 2 * ldc];
	let s00 = 0;
	let s01 = 0;
	let s02 = 0;
	let s03 = 0;
	let s10 = 0;
	let s11 = 0;
	let s12 = 0;
	let s13 = 0;
	let s20 = 0;
	let s21 = 0;
	let s22 = 0;
	let s23 = 0;
	for (let k = 0; k < K; k++) {
		const b0 = b[bk];
		const b1 = b[bk + 1];
		const b2 = b[bk + 2];
		const b3 = b[bk + 3];
		let x = a[a0];
		s00 = s00 + x * b0;
		s01 = s01 + x * b1;
		s02 = s02 + x * b2;
		s03 = s03 + x * b3;
		x = a[a1];
		s10 = s10 + x * b0;
		s11 = s11 + x * b1;
		s12 = s12 + x * b2;
		s13 = s13 + x * b3;
		x = a[a2];
		s20 = s20 + x * b0;
		s21 = s21 + x * b1;
		s22 = s22 + x * b2;
		s23 = s23 + x * b3;
		a0 += depthStride;
		a1 += depthStride;
		a2 += depthStride;
		bk += ldb;
	}
	c[c0] += s00;
	c[c0 + 1] += s01;
	c[c0 + 2] += s02;
	c[c0 + 3] += s03;
	c[c1] += s10;
	c[c1 + 1] += s11;
	c[c1 + 2] += s12;
	c[c1 + 3] += s13;
	c[c2] += s20;
	c[c2 + 1] += s21;
	c[c2 + 2] += s22;
	c[c2 + 3] += s23;
}

function row(
	K: number,
	a: Float32Array,
	ak: number,
	depthStride: number,
	b: Float32Array,
	bk: number,
	ldb: number,
	c: Float32Array,
	c0: number,
): void {
	let s0 = 0;
	let s1 = 0;
	let s2 = 0;
	let s3 = 0;
	for (let k = 0; k < K; k++, ak += depthStride, bk += ldb) {
		const x = a[ak];
		s0 = s0 + x * b[bk];
		s1 = s1 + x * b[bk + 1];
		s2 = s2 + x * b[bk + 2];
		s3 = s3 + x * b[bk + 3];
	}
	c[c0] += s0;
	c[c0 + 1] += s1;
	c[c0 + 2] += s2;
	c[c0 + 3] += s3;
}

function dot(
	K: number,
	a: Float32Array,
	ak: number,
	depthStride: number,
	b: Float32Array,
	bk: number,
	ldb: number,
	c: Float32Array,
	c0: number,
): void {
	let sum = 0;
	for (let k = 0; k < K; k++, ak += depthStride, bk += ldb) sum = sum + a[ak] * b[bk];
	c[c0] += sum;
}
