const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Sets what `console.log` in Node prints of an object. It is not a method of the object's class, since bundlers keep a class with
 * a method named by a symbol, and all that it needs, even where nobody uses it. */
export function inspectAs(object: object, text: () => string): void {
	Object.defineProperty(object, INSPECT, { value: text });
}
