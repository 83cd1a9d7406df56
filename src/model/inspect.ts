const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Tells Node what `console.log` prints of an object. Not as a method of its class: bundlers keep a class that has a method
 * named by a symbol, and all that it needs, where nobody uses it. */
export function inspectAs(object: object, text: () => string): void {
	Object.defineProperty(object, INSPECT, { value: text });
}
