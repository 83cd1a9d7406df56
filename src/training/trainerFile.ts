import { FormatError } from "../errors.ts";
import { isCount, isFlag, isFloats, isNumber, isText, list, mapOf, optional, record, that } from "../files/checks.ts";
import { checkExtent, parseJson } from "../files/json.ts";
import { TRAINER } from "../files/model.ts";
import { fromPlain, plainOf } from "../files/plain.ts";
import { type Bytes, type NamedTensor, readSafetensors, writeSafetensors } from "../files/safetensors.ts";
import { show } from "../options.ts";
import type { SavedTrainer } from "./checkpoint.ts";

/** Goes up when older readers could not understand the file. */
const VERSION = 1;

/** The most values that a trainer's file has besides tensors: room for what metrics keep of a thousand classes. */
const MOST_VALUES = 1_100_000;

/** A trainer as a file: that of its model, and beside its tensors those of the trainer. */
export function writeTrainer(model: Bytes, saved: SavedTrainer): Bytes {
	const { tensors, metadata } = readSafetensors(model);
	const own: NamedTensor[] = [];
	const text = JSON.stringify({ version: VERSION, ...(plainOf(saved, TRAINER, own) as object) });
	checkExtent("Trainer.save: what metrics keep", text, MOST_VALUES);
	const all = [...Array.from(tensors, ([name, tensor]) => ({ name, ...tensor })), ...own];
	return writeSafetensors(all, { ...metadata, [TRAINER]: text });
}

/** Reads what `writeTrainer` wrote besides the model.
 * @throws FormatError Where it is not such a file, whole and consistent. */
export function readTrainer(where: string, bytes: Uint8Array | ArrayBuffer): SavedTrainer {
	const { tensors, metadata } = readSafetensors(bytes, where);
	const text = metadata[TRAINER];
	if (text === undefined)
		throw new FormatError(
			`${where}: the file holds no trainer${"bptt" in metadata ? ", but a model: read it with Model.load" : ""}. Save one with trainer.save().`,
		);
	const plain = parseJson(`${where}: the file's trainer`, text, MOST_VALUES);
	const { version } = Object(plain) as { readonly version?: unknown };
	if (version !== VERSION)
		throw new FormatError(
			`${where}: the file's trainer is of version ${show(version)}; this package reads version ${VERSION}.`,
		);
	const saved = fromPlain(plain, TRAINER, tensors);
	const wrong = check(saved);
	if (wrong === undefined) return saved as SavedTrainer;
	throw new FormatError(`${where}: the file's trainer is broken at "${wrong}".`);
}

/** The longest overlap that is read. */
const MOST_STEPS = 2 ** 24;

function isBetween(value: unknown, least: number, most: number): boolean {
	return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

const lengths = /* @__PURE__ */ list(
	/* @__PURE__ */ that((value) => isBetween(value, 1, MOST_STEPS)),
	1,
);

const carry = /* @__PURE__ */ optional(
	/* @__PURE__ */ record({
		lengths,
		overlap: isCount,
		isAsked: isFlag,
		states: /* @__PURE__ */ list(/* @__PURE__ */ record({ back: isCount, states: /* @__PURE__ */ mapOf(isFloats) })),
		skipped: /* @__PURE__ */ optional(/* @__PURE__ */ record({ lengths, anew: /* @__PURE__ */ list(isFlag) })),
	}),
);

const fit = /* @__PURE__ */ record({
	place: /* @__PURE__ */ record({
		agreed: /* @__PURE__ */ record({ batchSize: isCount, accumulate: isCount, seed: isCount }),
		epoch: /* @__PURE__ */ that((value) => isBetween(value, 1, Number.MAX_SAFE_INTEGER)),
		...{ batch: isCount, sum: isNumber, weights: isNumber, isOver: isFlag },
		history: /* @__PURE__ */ list(/* @__PURE__ */ record({ epoch: isCount, loss: isNumber })),
	}),
	spent: isNumber,
	meters: /* @__PURE__ */ optional(
		/* @__PURE__ */ record({
			hits: /* @__PURE__ */ list(isNumber),
			kept: /* @__PURE__ */ list(/* @__PURE__ */ list(isNumber)),
		}),
	),
	stopping: /* @__PURE__ */ optional(
		/* @__PURE__ */ record({
			...{ best: isNumber, worse: isCount },
			weights: /* @__PURE__ */ optional(/* @__PURE__ */ mapOf(isFloats)),
		}),
	),
});

const memory = /* @__PURE__ */ optional(/* @__PURE__ */ list(isNumber));

const check = /* @__PURE__ */ record({
	engine: isText,
	options: /* @__PURE__ */ record({}),
	optimizer: /* @__PURE__ */ record({
		made: /* @__PURE__ */ optional(/* @__PURE__ */ record({ name: isText, options: /* @__PURE__ */ record({}) })),
		schedule: /* @__PURE__ */ optional(
			/* @__PURE__ */ record({
				made: /* @__PURE__ */ optional(
					/* @__PURE__ */ list(
						/* @__PURE__ */ that(() => true),
						1,
					),
				),
				memory,
			}),
		),
		rate: /* @__PURE__ */ that((value) => typeof value === "number" && value >= 0 && value < Infinity),
		memory,
	}),
	steps: /* @__PURE__ */ record({
		...{ updateCount: isCount, skippedCount: isCount, gradientNorm: isNumber, lastLoss: isNumber },
		slots: /* @__PURE__ */ mapOf(/* @__PURE__ */ mapOf(isFloats)),
	}),
	epochs: isCount,
	carries: /* @__PURE__ */ record({ own: carry, fit: carry }),
	last: /* @__PURE__ */ that((value) => value === "own" || value === "fit"),
	fit: /* @__PURE__ */ optional(fit),
});
