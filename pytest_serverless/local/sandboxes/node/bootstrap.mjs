// Runs a Node.js handler as AWS Lambda does: a client of the Runtime API.
//
// Up to Node.js 22 handlers may call back, and an invocation that calls back lasts until nothing is left to do; from
// Node.js 24 on they are async. Sources, of 2026-11: aws/aws-lambda-nodejs-runtime-interface-client 3.3.0 (to Node.js
// 22) and 4.0.2 (from 24); https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
// What a handler streams is gathered and sent in one piece.

import http from "node:http";
import { Writable } from "node:stream";
import { RuntimeError, load, streamifyResponse } from "./handler.mjs";
import { searchLayers } from "./layers.mjs";
import { IS_MODERN, asAnswer, logError, logFor, patchConsole } from "./logs.mjs";

const env = process.env;
const [hostname, port] = (env.AWS_LAMBDA_RUNTIME_API ?? "").split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1, noDelay: true });

let current; // the id of the invocation, the last one's between two
let whenIdle = nothing; // what to do when nothing is left in the event loop
let isEnding = false;

// The Runtime API

function ask(method, path, { body, headers, ...options } = {}) {
  const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = http.request(
      { hostname, port, method, path: `/2018-06-01/runtime/${path}`, headers: { ...headers, ...length }, agent, ...options },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk)).on("error", reject);
        response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
      },
    );
    request.on("error", reject).end(body);
  });
}

function send(id, body, headers = { "Content-Type": "application/json" }) {
  return ask("POST", `invocation/${encodeURIComponent(id)}/response`, { body, headers }).catch(leave);
}

// The connection may be one of its own: the other waits for the next invocation when this is told between two.
function sendError(place, error, options) {
  const answer = asAnswer(error);
  const type = String(answer.errorType).replaceAll(/[^ -~]/g, "?");
  const headers = { "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": type };
  return ask("POST", `${place}/error`, { body: JSON.stringify(answer), headers, ...options }).catch(leave);
}

function fail(id, error) {
  logError("Invoke Error", error);
  return sendError(`invocation/${encodeURIComponent(id)}`, error);
}

// The platform is gone: so is what it started.
function leave() {
  process.exit(1);
}

function nothing() {}

function serialised(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? "null";
  } catch {
    const message = "Unable to stringify response body";
    throw IS_MODERN ? new RuntimeError("JSONStringifyError", message) : new Error(message);
  }
}

// What the handler is given

function contextOf(headers) {
  const header = (name) => headers[`lambda-runtime-${name}`];
  const parsed = (name) => header(name) && JSON.parse(Buffer.from(header(name), "latin1").toString());
  const deadline = Number(header("deadline-ms"));
  const told = {
    clientContext: parsed("client-context"),
    identity: parsed("cognito-identity"),
    invokedFunctionArn: header("invoked-function-arn"),
    awsRequestId: header("aws-request-id"),
    tenantId: header("aws-tenant-id"),
    ...(IS_MODERN ? { xRayTraceId: header("trace-id") } : {}),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  const known = {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
  return { ...known, ...told };
}

async function next() {
  const { headers, body } = await ask("GET", "invocation/next").catch(leave);
  const id = headers["lambda-runtime-aws-request-id"];
  if (!id) leave();
  current = id;
  logFor(id, headers["lambda-runtime-aws-tenant-id"]);
  const trace = headers["lambda-runtime-trace-id"];
  if (trace) env._X_AMZN_TRACE_ID = trace;
  else delete env._X_AMZN_TRACE_ID;
  return { id, headers, body };
}

// One invocation

// Up to Node.js 22: the first of callback, context.done and what else there is counts, and a returned promise.
function invokeClassic(handler, { id, headers, body }) {
  return new Promise((finish) => {
    let isFinished = false;
    const succeed = (value) => void send(id, serialised(value)).then(finish);
    const answer = (error, value, { waits }) => {
      if (isFinished) return;
      whenIdle = nothing;
      if (error !== undefined && error !== null) fail(id, error).then(finish);
      else if (waits) whenIdle = () => setImmediate(succeed, value);
      else succeed(value);
      isFinished = true;
    };
    const done = (error, value) => answer(error, value, { waits: false });
    const callback = (error, value) => answer(error, value, { waits: context.callbackWaitsForEmptyEventLoop });
    const context = {
      callbackWaitsForEmptyEventLoop: true,
      succeed: (value) => done(null, value),
      fail: (error) => done(error ?? "handled"),
      done,
    };
    whenIdle = done; // it neither called back nor returned a promise that was kept
    try {
      const result = handler(JSON.parse(body), Object.assign(context, contextOf(headers)), callback);
      if (typeof result?.then === "function") result.then(context.succeed, context.fail).catch(context.fail);
    } catch (error) {
      callback(error);
    }
  });
}

// From Node.js 24 on: async, or a value.
async function invokeModern(handler, { id, headers, body }) {
  const event = JSON.parse(body);
  try {
    const value = await handler(event, contextOf(headers));
    await new Promise(setImmediate);
    await send(id, serialised(value));
  } catch (error) {
    await fail(id, error);
  }
}

async function invokeStreaming(handler, { id, headers, body }) {
  const stream = new ResponseStream();
  const context = { ...(IS_MODERN ? {} : { callbackWaitsForEmptyEventLoop: true }), ...contextOf(headers) };
  const staying = setInterval(nothing, 1 << 30); // an open stream keeps the process going, until the timeout
  try {
    const result = handler(JSON.parse(body), stream, context);
    if (typeof result?.then !== "function") {
      const message = "Streaming does not support non-async handlers.";
      throw IS_MODERN ? new Error(message) : message;
    }
    if ((await result) !== undefined) console.warn("Streaming handlers ignore return values.");
    await stream.finished;
    const mode = { "Lambda-Runtime-Function-Response-Mode": "streaming" };
    await send(id, Buffer.concat(stream.chunks), { "Content-Type": stream.contentType, ...mode });
  } catch (error) {
    await fail(id, error);
  } finally {
    clearInterval(staying);
  }
  if (context.callbackWaitsForEmptyEventLoop) await new Promise((resolve) => (whenIdle = () => setImmediate(resolve)));
}

// What a streaming handler writes to; what is no text and no bytes is written as JSON.
class ResponseStream extends Writable {
  chunks = [];
  contentType = "application/octet-stream";
  finished = new Promise((resolve, reject) => this.once("finish", resolve).once("error", reject));
  hasBegun = false;

  setContentType(type) {
    if (this.hasBegun) throw new RuntimeError("InvalidStreamingOperation", "Cannot set content-type, too late.");
    this.contentType = type;
  }

  write(chunk, ...more) {
    if (!this.hasBegun) this._onBeforeFirstWrite?.((first) => super.write(first));
    this.hasBegun = true;
    return super.write(typeof chunk === "string" || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk), ...more);
  }

  _write(chunk, _encoding, callback) {
    this.chunks.push(chunk);
    callback();
  }
}

// Puts status, headers and cookies before a streamed body: as JSON, and eight zero bytes.
class HttpResponseStream {
  static from(stream, prelude) {
    stream.setContentType("application/vnd.awslambda.http-integration-response");
    stream._onBeforeFirstWrite = (write) => {
      write(JSON.stringify(prelude));
      write(new Uint8Array(8));
    };
    return stream;
  }
}

// The process

// Tell of an error that nobody caught, and end.
async function end(what, error, code) {
  if (isEnding) return;
  isEnding = true;
  logError(what, error);
  await sendError(current ? `invocation/${encodeURIComponent(current)}` : "init", error, { agent: false });
  process.exit(code);
}

class UnhandledPromiseRejection extends RuntimeError {
  constructor(reason, promise) {
    super("UnhandledPromiseRejection", reason);
    this.reason = reason;
    this.promise = promise;
  }
}

async function start() {
  patchConsole();
  globalThis.awslambda = { ...globalThis.awslambda, streamifyResponse, HttpResponseStream };
  searchLayers();
  if (!IS_MODERN) {
    process.on("uncaughtException", (error) => end("Uncaught Exception", error, 129));
    process.on("unhandledRejection", (...why) =>
      end("Unhandled Promise Rejection", new UnhandledPromiseRejection(...why), 128),
    );
  }
  process.on("beforeExit", () => {
    const act = whenIdle;
    whenIdle = nothing;
    act();
  });
  try {
    return await load(env.LAMBDA_TASK_ROOT ?? process.cwd(), env._HANDLER ?? "");
  } catch (error) {
    if (!IS_MODERN) await end("Uncaught Exception", error, 129);
    logError("Init Error", error);
    await sendError("init", error);
    throw error;
  }
}

async function serve({ handler, isStreaming }) {
  const invoke = isStreaming ? invokeStreaming : IS_MODERN ? invokeModern : invokeClassic;
  for (;;) await invoke(handler, await next());
}

serve(await start());
