/** Words of a text: runs of letters and digits, with an apostrophe or hyphen inside them, and every other character by itself; white
 * space parts them and is not kept. */
export function wordsOf(text: string): string[] {
	return text.match(WORDS) ?? [];
}

const WORDS = /[\p{L}\p{M}\p{N}_]+(?:['’-][\p{L}\p{M}\p{N}_]+)*|[^\s]/gu;

/** Words as a text: a space between two, but none before what closes or after what opens. */
export function joinWords(words: readonly string[]): string {
	return words.reduce((text, word) => {
		const isClose = text === "" || /^[.,;:!?%)\]}»”’…]$/u.test(word) || /[([{«“‘]$/u.test(text);
		return `${text}${isClose ? "" : " "}${word}`;
	}, "");
}

/** A text in pieces that byte pairs never cross: words with the space before them, runs of digits, of signs, of white space. Joined they
 * are the text again.
 * @see GPT-2's splitting, Radford et al. 2019 */
export function piecesOf(text: string): string[] {
	return text.match(PIECES) ?? [];
}

const PIECES = / ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+/gu;

/** The code points of a text. */
export function charactersOf(text: string): string[] {
	return Array.from(text);
}
