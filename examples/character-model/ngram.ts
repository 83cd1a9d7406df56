/** Bits per character of a text under n-gram models, orders 1 to `order`, interpolated as Witten and Bell (1991, method C):
 *
 * ```
 * p(c | h) = (count(h c) + kinds(h) · p(c | shorter h)) / (count(h) + kinds(h))
 * ```
 *
 * where kinds(h) is how many different characters followed h in training, and below order 1 every character of the
 * vocabulary is equally likely.
 * @param text Read with the end of `train` as its first context.
 * @returns Bits per character of `text`, entry n - 1 for the n-gram. */
export function ngramBits(
	train: ArrayLike<number>,
	text: ArrayLike<number>,
	{ vocabSize, order }: { vocabSize: number; order: number },
): number[] {
	const all = new Int32Array(train.length + text.length);
	all.set(train);
	all.set(text, train.length);
	let below = new Float64Array(text.length).fill(1 / vocabSize);
	return Array.from({ length: order }, (_, size) => {
		below = interpolate(all, train.length, vocabSize, size, below);
		const nats = below.reduce((sum, p) => sum - Math.log(p), 0);
		return nats / text.length / Math.LN2;
	});
}

/** The probability of each character from `begin` on, given the `size` before it; `below` are those of a context one
 * shorter. Counts are of what lies before `begin`. */
function interpolate(
	all: Int32Array,
	begin: number,
	vocabSize: number,
	size: number,
	below: Float64Array,
): Float64Array<ArrayBuffer> {
	const contexts = new Map<number, { count: number; kinds: number }>();
	const counts = new Map<number, number>();
	for (let at = size; at < begin; at++) {
		const context = keyOf(all, at - size, at, vocabSize);
		const key = context * vocabSize + all[at];
		const seen = counts.get(key) ?? 0;
		counts.set(key, seen + 1);
		const about = contexts.get(context) ?? { count: 0, kinds: 0 };
		about.count++;
		if (seen === 0) about.kinds++;
		contexts.set(context, about);
	}
	return below.map((p, i) => {
		const at = begin + i;
		const context = keyOf(all, at - size, at, vocabSize);
		const about = contexts.get(context);
		if (about === undefined) return p;
		const seen = counts.get(context * vocabSize + all[at]) ?? 0;
		return (seen + about.kinds * p) / (about.count + about.kinds);
	});
}

/** The ids from `begin` to `end` as one number; up to 8 characters of 90 fit. */
function keyOf(ids: Int32Array, begin: number, end: number, vocabSize: number): number {
	let key = 0;
	for (let at = begin; at < end; at++) key = key * vocabSize + ids[at];
	return key;
}
