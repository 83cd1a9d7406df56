// Does every wrong use of a text get its sentence?
import { describe, expect, it } from "vitest";
import { TextData } from "../../src/data/text.ts";
import { DataError, OptionError } from "../../src/errors.ts";

describe("TextData refuses", () => {
	const data = TextData.from("abc");
	it.each<[string, new (message: string) => Error, () => unknown]>([
		["TextData.decode: ids must be an array of ids, got undefined.", DataError, () => data.decode(undefined as never)],
		['TextData.decode: ids must be an array of ids, got "12".', DataError, () => data.decode("12" as never)],
		[
			'TextData.decode: ids[1] must be an id from 0 to 2, got "length".',
			DataError,
			() => data.decode([0, "length"] as never),
		],
		[
			"TextData.decode: ids[0] must be an id from 0 to 2, got a Symbol.",
			DataError,
			() => data.decode([Symbol.iterator] as never),
		],
		['TextData.from: text must hold at least one character, got "".', DataError, () => TextData.from("")],
		["TextData.from: text must be a string, got null.", DataError, () => TextData.from(null as unknown as string)],
		[
			'TextData.from: unknown option "vocabluary". Did you mean "vocabulary"?',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => TextData.from("abc", { vocabluary: "abc" }),
		],
		[
			'TextData.from: "vocabulary" must hold single characters, got "ab".',
			OptionError,
			() => TextData.from("a", { vocabulary: ["ab"] }),
		],
		[
			'TextData.from: "vocabulary" must hold each character once, got "a" twice.',
			OptionError,
			() => TextData.from("a", { vocabulary: "aba" }),
		],
		[
			'TextData.from: "vocabulary" must hold at least one character, got none.',
			OptionError,
			() => TextData.from("a", { vocabulary: "" }),
		],
		[
			'TextData.from: "vocabulary" must be a string or an array of characters, got 3.',
			OptionError,
			() => TextData.from("a", { vocabulary: 3 as unknown as string }),
		],
		[
			'TextData.from: text[3] must be one of the 2 characters of the vocabulary, got "c" (U+0063). Leave it out, or give TextData.from a vocabulary that has it.',
			DataError,
			() => TextData.from("abac", { vocabulary: "ab" }),
		],
		[
			'TextData.encode: text[1] must be one of the 3 characters of the vocabulary, got "😀" (U+1F600). Leave it out, or give TextData.from a vocabulary that has it.',
			DataError,
			() => data.encode("a😀"),
		],
		[
			"TextData.encode: text must be a string, got an array of 0.",
			DataError,
			() => data.encode([] as unknown as string),
		],
		["TextData.decode: ids[1] must be an id from 0 to 2, got 3.", DataError, () => data.decode([0, 3])],
		["TextData.decode: ids[0] must be an id from 0 to 2, got -1.", DataError, () => data.decode([-1])],
		["TextData.split: fractions must add up to 1, got 0.75.", OptionError, () => data.split([0.5, 0.25])],
		[
			"TextData.split: fractions[1] is 0.1, which leaves that part none of 3 characters.",
			DataError,
			() => data.split([0.9, 0.1]),
		],
		[
			'TextData.split: "fractions[0]" must be a finite number at least 0 and at most 1, got -1.',
			OptionError,
			() => data.split([-1, 2]),
		],
		[
			"TextData.split: fractions must be an array, such as [0.9, 0.1], got 0.9.",
			OptionError,
			() => data.split(0.9 as unknown as number[]),
		],
		['TextData.windows: "steps" must be a positive integer, got 0.', OptionError, () => data.windows({ steps: 0 })],
		[
			'TextData.windows: "stride" must be a positive integer, got 1.5.',
			OptionError,
			() => data.windows({ steps: 2, stride: 1.5 }),
		],
		[
			'TextData.windows: unknown option "step". Did you mean "steps"?',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => data.windows({ step: 2 }),
		],
		[
			"TextData.windows: the text must have at least 2 characters (one to read, one to predict), got 1.",
			DataError,
			() => TextData.from("a").windows({ steps: 2 }),
		],
		[
			'batches: "batchSize" must be a positive integer, got 0.',
			OptionError,
			() => data.windows({ steps: 1 }).batches({ batchSize: 0 }),
		],
		[
			'batches: "seed" must be an integer from 0 to 9007199254740991, got -1.',
			OptionError,
			() => data.windows({ steps: 1 }).batches({ batchSize: 1, seed: -1 }),
		],
		[
			'batches: unknown option "size". Known options: batchSize, seed.',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => data.windows({ steps: 1 }).batches({ size: 1 }),
		],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});
