import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Vocabulary } from "../../src/index.ts";

const texts = ["the cat sat on the mat", "the dog (a big one) sat, too", "naïve café: 12 € – don't!"];

describe("Vocabulary", () => {
	it("numbers characters by how often they occur, from 1 on", () => {
		const vocabulary = Vocabulary.from(["abcab", "b"]);
		expect(vocabulary.size).toBe(4);
		expect([...vocabulary.encode("bac")]).toEqual([1, 2, 3]);
		expect(vocabulary.decode([1, 0, 2, 3, 0])).toBe("bac");
		expect(vocabulary.unknown).toBeUndefined();
		expect([...Vocabulary.from(["😀a😀"]).encode("😀")]).toEqual([1]);
	});

	it("keeps the most frequent words, and has an id for all others", () => {
		const vocabulary = Vocabulary.from(texts, { unit: "word", size: 4 });
		expect(vocabulary.size).toBe(4);
		expect([...vocabulary.encode("the mat sat")]).toEqual([1, 3, 2]);
		expect(vocabulary.decode([1, 3, 2])).toBe("the \uFFFD sat");
		const all = Vocabulary.from(texts, { unit: "word", unknown: false });
		for (const text of texts) expect(all.decode(all.encode(text))).toBe(text);
	});

	it("merges the bytes that stand together most often", () => {
		const vocabulary = Vocabulary.from(["low low low low low lower lower newest newest newest widest"], {
			unit: "bytePair",
			size: 1 + 11 + 3,
		});
		// Counted by hand: "lo" 7, then "low" 7 (of pairs as frequent the smaller symbols: " l" is 6), " low" 6.
		const merged = ["l", "lo", "low", " low"].map((text) => vocabulary.encode(text).length);
		expect(merged).toEqual([1, 1, 1, 1]);
		expect(vocabulary.encode("lower").length).toBe(3);
		expect(vocabulary.size).toBe(15);
	});

	it("byte pairs give back every text whose bytes they know", () => {
		const vocabulary = Vocabulary.from([String.fromCodePoint(...Array(0x250).keys()), ...texts, ...texts], {
			unit: "bytePair",
			size: 400,
			unknown: true,
		});
		for (const text of texts) expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
		const known = fc.string({ unit: fc.integer({ min: 0, max: 0x24f }).map((code) => String.fromCodePoint(code)) });
		fc.assert(
			fc.property(known, (text) => {
				expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
			}),
			{ seed: 1 },
		);
		const long = texts.join(" ");
		expect(vocabulary.encode(long).length).toBeLessThan(0.7 * new TextEncoder().encode(long).length);
	});

	it("merges until no pair occurs twice", () => {
		const vocabulary = Vocabulary.from(["abab"], { unit: "bytePair" });
		expect(vocabulary.size).toBe(1 + 2 + 1);
		expect(vocabulary.encode("abab").length).toBe(2);
	});

	it("comes back from JSON", () => {
		for (const unit of ["character", "word", "bytePair"] as const) {
			const vocabulary = Vocabulary.from(texts, { unit, size: unit === "word" ? 9 : undefined });
			const same = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
			expect(same.toJSON()).toEqual(vocabulary.toJSON());
			expect(same.size).toBe(vocabulary.size);
			for (const text of texts) expect(same.encode(text)).toEqual(vocabulary.encode(text));
		}
	});

	it("learns thousands of merges from a long text in seconds", () => {
		const words = Array.from(
			{ length: 20_000 },
			(_, n) => `${(n * 7919) % 997}x${(n * 104729) % 89} of the ${n % 13}th`,
		);
		const vocabulary = Vocabulary.from(words, { unit: "bytePair", size: 1500 });
		expect(vocabulary.encode(words.join(" ")).length).toBeLessThan(words.join(" ").length / 2);
	});

	const letters = Vocabulary.from(["abc"]);
	it.each([
		[() => Vocabulary.from("abc" as never), 'Vocabulary.from: texts must be a list of strings, got "abc".'],
		[() => Vocabulary.from(["a", 7 as never]), "Vocabulary.from: texts[1] must be a string, got 7."],
		[() => Vocabulary.from([""]), "Vocabulary.from: texts must hold a character, got none."],
		[() => Vocabulary.from(["ab"], { unit: "byte" as never }), 'Vocabulary.from: "unit" must be'],
		[() => Vocabulary.from(["ab"], { size: 2 }), 'Vocabulary.from: "size" is 2, but the texts have 2 characters'],
		[() => Vocabulary.from(["ab"], { size: 1 }), 'Vocabulary.from: "size" must leave room for a character, got 1.'],
		[
			() => Vocabulary.from(["ab"], { unit: "bytePair", size: 2 }),
			'Vocabulary.from: "size" is 2, but the boundary and the 2 bytes of these texts need 3. Use more.',
		],
		[() => letters.encode("abd"), 'Vocabulary.encode: the vocabulary has no "d". Learn it from texts that do'],
		[() => letters.encode(1 as never), "Vocabulary.encode: text must be a string, got 1."],
		[() => letters.decode([1, 4]), "Vocabulary.decode: ids[1] must be an id from 0 to 3, got 4."],
		[() => letters.decode("ab" as never), 'Vocabulary.decode: ids must be an array of ids, got "ab".'],
		[() => Vocabulary.fromJSON(null), 'Vocabulary.fromJSON: "unit" must be one of character, word, bytePair'],
		[
			() => Vocabulary.fromJSON({ unit: "word", units: ["a", "a"], unknown: true }),
			'"units" must be a list of strings',
		],
		[
			() => Vocabulary.fromJSON({ unit: "bytePair", units: [1], merges: [[1, 256]], unknown: true }),
			'"merges" must be pairs of what comes before them',
		],
	])("%s: %s", (act, expected) => {
		expect(act).toThrow(expected);
	});
});
