/** Float64 vectors and row-major matrices: only what the textbook equations need. Everything returns something new,
 * except `row`, which is a view, and `addTo` and `addOuter`, which accumulate. */

export type Vector = Float64Array;

export interface Matrix {
	readonly rows: number;
	readonly columns: number;
	readonly values: Float64Array;
}

/** An element that must be there. */
export function at<T>(list: ArrayLike<T>, index: number): T {
	const element = list[index];
	if (element === undefined) throw new RangeError(`no element ${index} among ${list.length}`);
	return element;
}

export function matrix(
	rows: number,
	columns: number,
	values: ArrayLike<number> = new Float64Array(rows * columns),
): Matrix {
	if (values.length !== rows * columns) throw new RangeError(`${values.length} values, not ${rows} x ${columns}`);
	return {
		rows,
		columns,
		values: values instanceof Float64Array ? values : Float64Array.from(values),
	};
}

/** Vectors of one length, one below the other. */
export function stack(vectors: readonly ArrayLike<number>[]): Matrix {
	const columns = at(vectors, 0).length;
	return matrix(vectors.length, columns, concat(...vectors));
}

/** A view of row t. */
export function row({ rows, columns, values }: Matrix, t: number): Vector {
	if (t < 0 || t >= rows) throw new RangeError(`no row ${t} among ${rows}`);
	return values.subarray(t * columns, (t + 1) * columns);
}

export function rowsOf(A: Matrix): Vector[] {
	return Array.from({ length: A.rows }, (_, t) => row(A, t));
}

/** One vector behind the other. */
export function concat(...vectors: readonly ArrayLike<number>[]): Vector {
	return Float64Array.from(vectors.flatMap((v) => Array.from(v)));
}

/** v = [a | b | ...], each of the given size. */
export function blocks(v: Vector, size: number): Vector[] {
	return Array.from({ length: v.length / size }, (_, k) => v.slice(k * size, (k + 1) * size));
}

/** f of each element. */
export function map(v: Vector, f: (value: number) => number): Vector {
	return v.map(f);
}

/** a + b + ... */
export function add(first: Vector, ...others: readonly Vector[]): Vector {
	return others.reduce((sum, v) => combine(sum, v, (p, q) => p + q), first);
}

/** a - b */
export function subtract(a: Vector, b: Vector): Vector {
	return combine(a, b, (p, q) => p - q);
}

/** a ⊙ b ⊙ ... */
export function mul(first: Vector, ...others: readonly Vector[]): Vector {
	return others.reduce((sum, v) => combine(sum, v, (p, q) => p * q), first);
}

function combine(a: Vector, b: Vector, f: (p: number, q: number) => number): Vector {
	if (a.length !== b.length) throw new RangeError(`lengths ${a.length} and ${b.length}`);
	return a.map((value, j) => f(value, at(b, j)));
}

export function dot(a: Vector, b: Vector): number {
	return mul(a, b).reduce((sum, product) => sum + product, 0);
}

/** A·v */
export function times(A: Matrix, v: Vector): Vector {
	return Float64Array.from(rowsOf(A), (a) => dot(a, v));
}

/** Aᵀ·v */
export function timesTransposed(A: Matrix, v: Vector): Vector {
	if (v.length !== A.rows) throw new RangeError(`${v.length} values for ${A.rows} rows`);
	const sum = new Float64Array(A.columns);
	rowsOf(A).forEach((a, j) => {
		addTo(
			sum,
			map(a, (value) => value * at(v, j)),
		);
	});
	return sum;
}

/** sum += v */
export function addTo(sum: Vector, v: Vector): void {
	sum.set(add(sum, v));
}

/** A += u·vᵀ */
export function addOuter(A: Matrix, u: Vector, v: Vector): void {
	if (u.length !== A.rows) throw new RangeError(`${u.length} values for ${A.rows} rows`);
	u.forEach((factor, j) => {
		addTo(
			row(A, j),
			map(v, (value) => factor * value),
		);
	});
}
