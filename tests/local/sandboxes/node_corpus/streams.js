// Handlers that stream.
const { pipeline } = require("node:stream/promises");
const { Readable } = require("node:stream");

const CASES = {
  text: async (stream) => { stream.write("one, "); stream.write(Buffer.from("two")); stream.end(); },
  "pipeline": (stream) => pipeline(Readable.from([Buffer.from("a"), Buffer.from("b")]), stream),
  "json": async (stream) => { stream.setContentType("application/json"); stream.write({ a: 1 }); stream.end(); },
  "http": async (stream) => {
    const response = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { "x-a": "b" } });
    response.write("created");
    response.end();
  },
  "later": async (stream) => { setTimeout(() => stream.end("late"), 5); },
  "fails": async (stream) => { stream.write("begun"); throw new RangeError("midway"); },
  "too late": async (stream) => { stream.write("begun"); stream.setContentType("text/plain"); },
};
exports.cases = Object.keys(CASES);
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => CASES[event.case](stream, context));
exports.synchronous = awslambda.streamifyResponse((event, stream) => stream.end());
