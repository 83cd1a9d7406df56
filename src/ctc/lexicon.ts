import { OptionError } from "../errors.ts";
import { show } from "../options.ts";
import { checkLabels } from "./logProbabilities.ts";

/** A place in a word: what may follow, and whether a word ends here. */
interface Node {
	readonly next: Map<number, Node>;
	isWord: boolean;
}

/** All places in a lexicon where labels so far may have come to. */
export type Places = readonly Node[];

/** Words as a trie; labels are words, one after the other or with a separator between two. */
export class Lexicon {
	readonly #root: Node = { next: new Map(), isWord: false };
	readonly #separator: number | undefined;

	constructor(
		where: string,
		words: Iterable<ArrayLike<number>>,
		separator: number | undefined,
		symbols: { readonly blank: number; readonly symbols: number },
	) {
		this.#separator = separator;
		if (typeof (words as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== "function")
			throw new OptionError(`${where}: "lexicon" must be a list of words, each a list of ids, got ${show(words)}.`);
		let count = 0;
		for (const word of words) this.#add(checkLabels(where, `lexicon[${count++}]`, word, symbols));
		if (count === 0) throw new OptionError(`${where}: "lexicon" must have a word, got none.`);
	}

	#add(word: ArrayLike<number>): void {
		let node = this.#root;
		for (const id of Array.from(word)) {
			const next = node.next.get(id) ?? { next: new Map(), isWord: false };
			node.next.set(id, next);
			node = next;
		}
		if (node !== this.#root) node.isWord = true;
	}

	get begin(): Places {
		return [this.#root];
	}

	/** The places after another label; none where no word allows it. */
	after(places: Places, id: number): Places {
		const found = places.flatMap((place) => {
			const own = place.next.get(id);
			if (!place.isWord) return own ? [own] : [];
			if (id === this.#separator) return [this.#root];
			const fresh = this.#separator === undefined ? this.#root.next.get(id) : undefined;
			return [own, fresh].filter((node) => node !== undefined);
		});
		return [...new Set(found)];
	}

	/** Whether labels may end here: with a word, or without any. */
	mayEnd(places: Places, isEmpty: boolean): boolean {
		return isEmpty || places.some(({ isWord }) => isWord);
	}
}
