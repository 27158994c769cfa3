// One handler for every manner of answering: the event says which.
const fields = ({ getRemainingTimeInMillis, ...context }) => JSON.parse(JSON.stringify(context));

const CASES = {
  async: async (event) => ({ echoed: event.value }),
  "async nothing": async () => {},
  "async null": async () => null,
  "async text": async () => "Grüße ☕ \u2028",
  "async number": async () => 0.1,
  "async not a number": async () => NaN,
  "async date": async () => new Date(0),
  "async nested": async () => ({ a: undefined, b: [undefined, () => 1], c: new Map([[1, 2]]) }),
  "async large": async () => "x".repeat(1_000_000),
  "promise later": () => new Promise((resolve) => setTimeout(resolve, 5, "later")),
  thenable: () => ({ then: (resolve) => resolve("then") }),
  "promise and callback": (event, context, callback) => {
    callback(null, "called back");
    return Promise.resolve("returned");
  },
  callback: (event, context, callback) => callback(null, { called: "back" }),
  "callback nothing": (event, context, callback) => callback(),
  "callback error": (event, context, callback) => callback(new RangeError("called back")),
  "callback text error": (event, context, callback) => callback("only text"),
  "callback undefined error": (event, context, callback) => callback(undefined, "fine"),
  "callback twice": (event, context, callback) => {
    callback(null, "first");
    callback(new Error("second"));
  },
  "callback waits": (event, context, callback) => {
    const result = { waited: false };
    setTimeout(() => (result.waited = true), 30);
    callback(null, result);
  },
  "callback does not wait": (event, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = false;
    setTimeout(() => {}, 30);
    callback(null, "at once");
  },
  "callback later": (event, context, callback) => void setTimeout(callback, 5, null, "later"),
  "no answer": () => {},
  "a value and no promise": () => "ignored",
  "no answer, after a while": () => void setTimeout(() => {}, 5),
  "a promise that is not kept": () => new Promise(() => {}),
  done: (event, context) => context.done(null, "done"),
  "done error": (event, context) => context.done(new Error("not done")),
  succeed: (event, context) => context.succeed({ succeeded: true }),
  fail: (event, context) => context.fail(new TypeError("failed")),
  "fail nothing": (event, context) => context.fail(),
  throw: () => {
    throw new TypeError("thrown");
  },
  "throw text": () => {
    throw "only text";
  },
  "throw nothing": () => {
    throw undefined;
  },
  "throw object": () => {
    throw { code: 7, toString: () => "seven" };
  },
  reject: async () => {
    throw new SyntaxError("rejected");
  },
  "reject text": () => Promise.reject("only text"),
  "reject nothing": () => Promise.reject(),
  "reject number": () => Promise.reject(42),
  "custom error": async () => {
    class OutOfTeaError extends Error {
      name = "OutOfTeaError";
      cups = 3;
    }
    throw new OutOfTeaError("no tea\nat all \x7f");
  },
  "error with a cause": async () => {
    throw new Error("outer", { cause: new Error("inner") });
  },
  "error with a code": async () => require("fs").readFileSync("nothing"),
  "like an error": (event, context, callback) => callback({ name: "Like", message: "an error", stack: "Like: an error\n    at x" }),
  "no good error": (event, context, callback) =>
    callback(Object.defineProperty(new Error("x"), "message", { get: () => { throw new Error("no"); } })),
  circular: async () => {
    const result = {};
    result.result = result;
    return result;
  },
  "big integer": async () => 1n,
  "console": async () => {
    console.log("one %s and %d", "two", 3, { four: [5] });
    console.info("two\nlines");
    console.warn("warned", new Error("shown").message);
    console.error({ a: 1 });
    console.debug();
    console.trace("traced");
    console.fatal("fatal");
    process.stdout.write("raw\n");
  },
  context: async (event, context) => ({
    fields: fields(context),
    trace: process.env._X_AMZN_TRACE_ID ?? null,
    remaining: context.getRemainingTimeInMillis() > 0 && context.getRemainingTimeInMillis() <= 3000,
  }),
};

exports.handler = (event, context, callback) => CASES[event.case](event, context, callback);
exports.cases = Object.keys(CASES);
exports.nested = { deep: { handler: async () => "nested" } };
exports.asynchronous = async (event, context) => CASES[event.case](event, context);
exports.notAFunction = "text";
