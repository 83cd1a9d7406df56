import { piecesOf } from "./pieces.ts";

/** Two neighbouring symbols that become one. */
export type Merge = readonly [left: number, right: number];

/** A piece of the texts, and how often it occurs. */
interface Piece {
	symbols: number[];
	readonly count: number;
}

/** Learns which neighbouring symbols to merge, the most frequent pair first; of pairs as frequent the one of smaller symbols. Symbols
 * below 256 are bytes of UTF-8, 256 + n is what merge n makes.
 * @param most Ends after so many merges, or where no pair occurs twice.
 * @see Sennrich et al. 2016; on bytes, Radford et al. 2019 */
export function learnMerges(texts: Iterable<string>, most: number): Merge[] {
	const pieces = countPieces(texts);
	const counts = new Map<string, number>();
	const holders = new Map<string, Set<Piece>>();
	const tally = (piece: Piece, sign: number) => {
		for (const key of pairsOf(piece.symbols)) {
			counts.set(key, (counts.get(key) ?? 0) + sign * piece.count);
			if (sign > 0) holders.set(key, (holders.get(key) ?? new Set()).add(piece));
		}
	};
	for (const piece of pieces) tally(piece, 1);
	const merges: Merge[] = [];
	while (merges.length < most) {
		const best = mostFrequent(counts);
		if (best === undefined) break;
		const merged = 256 + merges.length;
		merges.push(best);
		const key = best.join();
		for (const piece of holders.get(key) ?? []) {
			tally(piece, -1);
			piece.symbols = merge(piece.symbols, best, merged);
			tally(piece, 1);
		}
		counts.delete(key);
		holders.delete(key);
	}
	return merges;
}

function countPieces(texts: Iterable<string>): Piece[] {
	const counts = new Map<string, number>();
	for (const text of texts) for (const piece of piecesOf(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
	return Array.from(counts, ([piece, count]) => ({ symbols: bytesOf(piece), count }));
}

function pairsOf(symbols: readonly number[]): string[] {
	return symbols.slice(1).map((symbol, j) => `${symbols[j]},${symbol}`);
}

/** The pair that occurs most often, twice at least. */
function mostFrequent(counts: ReadonlyMap<string, number>): Merge | undefined {
	let [best, most]: [Merge | undefined, number] = [undefined, 1];
	for (const [key, count] of counts) {
		if (count < most || count < 2) continue;
		const pair = key.split(",").map(Number) as unknown as Merge;
		if (count > most || best === undefined || precedes(pair, best)) [best, most] = [pair, count];
	}
	return best;
}

function precedes([left, right]: Merge, [otherLeft, otherRight]: Merge): boolean {
	return left < otherLeft || (left === otherLeft && right < otherRight);
}

/** Every such pair, from the left, as one symbol. */
function merge(symbols: readonly number[], [left, right]: Merge, merged: number): number[] {
	const found: number[] = [];
	for (let j = 0; j < symbols.length; j++) {
		const isPair = symbols[j] === left && symbols[j + 1] === right;
		found.push(isPair ? merged : (symbols[j] as number));
		if (isPair) j++;
	}
	return found;
}

// The same everywhere, but in no library that both Node's and the browsers' types share.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

export function bytesOf(text: string): number[] {
	return Array.from(new TextEncoder().encode(text));
}

/** Merges as they were learned, applied to texts. */
export class BytePairs {
	readonly merges: readonly Merge[];
	readonly #ranks: ReadonlyMap<string, number>;
	/** What pieces have become, since most of them come again. */
	readonly #known = new Map<string, readonly number[]>();

	constructor(merges: readonly Merge[]) {
		this.merges = merges;
		this.#ranks = new Map(merges.map((pair, rank) => [pair.join(), rank]));
	}

	/** The symbols of a text. */
	split(text: string): number[] {
		return piecesOf(text).flatMap((piece) => {
			const known = this.#known.get(piece);
			if (known !== undefined) return known;
			const symbols = this.#merged(bytesOf(piece));
			if (this.#known.size < MOST_KNOWN) this.#known.set(piece, symbols);
			return symbols;
		});
	}

	#merged(symbols: number[]): number[] {
		const ranks = pairsOf(symbols).map((key) => this.#ranks.get(key) ?? Infinity);
		const rank = Math.min(...ranks);
		if (rank === Infinity) return symbols;
		return this.#merged(merge(symbols, this.merges[rank] as Merge, 256 + rank));
	}

	/** The bytes of a symbol. */
	bytes(symbol: number): number[] {
		if (symbol < 256) return [symbol];
		const [left, right] = this.merges[symbol - 256] as Merge;
		return [...this.bytes(left), ...this.bytes(right)];
	}
}

const MOST_KNOWN = 100_000;
