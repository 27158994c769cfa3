// Ways to end the process while it serves.
const CASES = {
  "uncaught": () => void setTimeout(() => { throw new RangeError("uncaught"); }, 5),
  "unhandled rejection": () => void setTimeout(() => Promise.reject(new TypeError("unhandled")), 5),
  "unhandled text": () => void setTimeout(() => Promise.reject("only text"), 5),
  "exit": () => process.exit(3),
  "exit without a reason": () => process.exit(),
  "circular callback": (event, context, callback) => { const a = {}; a.a = a; callback(null, a); },
};
exports.handler = (event, context, callback) => CASES[event.case](event, context, callback);
