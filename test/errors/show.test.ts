// Is whatever a user gives printed short, whatever it says of itself?
import { describe, expect, it } from "vitest";
import { generate, lstm, OptionError } from "../../src/index.ts";
import { show } from "../../src/options.ts";

class Größe {}

const fail = () => {
	throw new Error("a trap");
};
const throwing: ProxyHandler<object> = { get: fail, getPrototypeOf: fail, has: fail, ownKeys: fail };

function revoked(target: object): object {
	const { proxy, revoke } = Proxy.revocable(target, {});
	revoke();
	return proxy;
}

/** An object of a class whose constructor is this. */
function madeBy(maker: unknown): object {
	return Object.create({ constructor: maker });
}

const LONG = "x".repeat(1e6);

describe("show", () => {
	it.each<[string, unknown]>([
		['"text"', "text"],
		[`"${"x".repeat(40)}…"`, LONG],
		["-Infinity", -Infinity],
		["a BigInt", 10n ** 1000n],
		["a Symbol", Symbol(LONG)],
		["a Function", class Named {}],
		["an array of 2", [1, 2]],
		["a Größe", new Größe()],
		["a Map", new Map()],
		["an object", {}],
		["an object", Object.create(null)],
		["an object", new (class {})()],
		["an object", { constructor: null }],
		["an object", JSON.parse('{"constructor":{"name":"a model"}}')],
		["an object", madeBy(null)],
		["an object", madeBy({ name: Symbol() })],
		["an object", madeBy({ name: {} })],
		["an object", madeBy({ name: "" })],
		["an object", madeBy({ name: LONG })],
		["an object", madeBy({ name: 'x", got y' })],
		[
			"an object",
			madeBy({
				get name() {
					return fail();
				},
			}),
		],
		["an object", new Proxy({}, throwing)],
		["an object", new Proxy([], { get: fail })],
		["an array of NaN", new Proxy([], { get: () => LONG })],
		["an object", new Proxy([], { get: () => Symbol() })],
		["an object", revoked({})],
		["an object", revoked([])],
		["an object", revoked(fail)],
	])("%s", (expected, value) => {
		expect(show(value)).toBe(expected);
	});
});

describe("options", () => {
	it.each<[string, unknown]>([
		["lstm: options must be an object, got an object.", revoked({})],
		["lstm: options must be an object, got an object.", new Proxy({}, { get: fail })],
		['lstm: "hiddenSize" must be a positive integer, got an object.', { hiddenSize: revoked({}) }],
		['lstm: "hiddenSize" must be a positive integer, got an object.', { hiddenSize: madeBy({ name: Symbol() }) }],
		[
			`lstm: unknown option "${"x".repeat(40)}…". Known options: hiddenSize, inputSize, forgetBias, peepholes, coupledGates, gateActivation, layerNorm, projectionSize, inputDropout, recurrentDropout, zoneout, weightDropout, initialState, initializers.`,
			{ [LONG]: 1 },
		],
		[
			`lstm: unknown option "hiddenSize${"x".repeat(30)}…". Known options: hiddenSize, inputSize, forgetBias, peepholes, coupledGates, gateActivation, layerNorm, projectionSize, inputDropout, recurrentDropout, zoneout, weightDropout, initialState, initializers.`,
			{ [`hiddenSize${LONG}`]: 1 },
		],
		[
			'lstm: unknown option "a\\n\\"b\\"". Known options: hiddenSize, inputSize, forgetBias, peepholes, coupledGates, gateActivation, layerNorm, projectionSize, inputDropout, recurrentDropout, zoneout, weightDropout, initialState, initializers.',
			{ 'a\n"b"': 1 },
		],
		['lstm: unknown option "hideSizes". Did you mean "hiddenSize"?', { hideSizes: 1 }],
	])("%s", (sentence, options) => {
		expect(() => lstm(options as never)).toThrow(new OptionError(sentence));
	});
});

it("a model of someone else that says nonsense of its layers", () => {
	const pushed = { push: () => new Float32Array([0, 1]) };
	const model = { stream: () => pushed, layers: [{ vocabSize: Symbol() }, { outputSize: {} }] };
	expect(generate(model, { prompt: [0], length: 2, temperature: 0 })).toEqual(Int32Array.of(1, 1));
});
