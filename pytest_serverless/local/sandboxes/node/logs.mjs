// What a function writes, and how its errors are told: the console, and the forms of errors in logs and in answers.

import fs from "node:fs";
import util from "node:util";

// The major version of the runtime, by its name: from Node.js 24 on AWS's own client is another one.
export const RUNTIME = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1] ?? process.versions.node.split(".")[0]);
export const IS_MODERN = RUNTIME >= 24;

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const METHODS = { trace: "TRACE", debug: "DEBUG", info: "INFO", log: "INFO", warn: "WARN", error: "ERROR", fatal: "FATAL" };
const FRAME = { text: 0xa55a0003, json: 0xa55a0002 };
const AS_JSON = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";

const invocation = { id: IS_MODERN ? "-" : undefined, tenant: undefined };

// Of which invocation the lines are from now on.
export function logFor(id, tenant) {
  Object.assign(invocation, { id, tenant });
}

// Let the console write log entries: to the platform's descriptor, where it gave one, else to the standard output.
export function patchConsole() {
  const descriptor = process.env._LAMBDA_TELEMETRY_LOG_FD;
  delete process.env._LAMBDA_TELEMETRY_LOG_FD;
  const write = descriptor === undefined ? writeLine : (...entry) => writeFrame(Number(descriptor), ...entry);
  const least = Math.max(LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()), 0);
  for (const [method, level] of Object.entries(METHODS)) {
    const isWanted = LEVELS.indexOf(level) >= least;
    console[method] = isWanted ? (message, ...more) => write(level, new Date(), message, more) : () => {};
  }
}

// Log an error that ended an invocation, or the process.
export function logError(what, error) {
  const shown = error instanceof Error ? error : new Error(IS_MODERN ? String(error) : error);
  if (AS_JSON) console.error(shown);
  else console.error(what, `\t${inFull(shown)}`);
}

// The form of an error that the caller gets.
export function asAnswer(error) {
  try {
    if (util.types.isNativeError(error) || (!IS_MODERN && looksLikeError(error))) {
      return { errorType: clean(error.name), errorMessage: clean(error.message), trace: clean(error.stack).split("\n") };
    }
    return { errorType: typeof error, errorMessage: IS_MODERN ? String(error) : error.toString(), trace: [] };
  } catch {
    const errorMessage =
      "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";
    return IS_MODERN ? { errorType: "handled", errorMessage, trace: [] } : { errorType: "handled", errorMessage };
  }
}

function looksLikeError(value) {
  return Boolean(value) && ["name", "message", "stack"].every((key) => value[key] && typeof value[key] === "string");
}

function clean(text) {
  return text?.replaceAll("\x7f", "%7F");
}

function inFull(error) {
  try {
    return JSON.stringify(error, (_, value) => (value instanceof Error ? withFields(value) : value));
  } catch {
    return JSON.stringify(asAnswer(error));
  }
}

function withFields(error) {
  const fields = { errorType: error.name, errorMessage: error.message, code: error.code, ...error };
  return typeof error.stack === "string" ? { ...fields, stack: error.stack.split("\n") } : fields;
}

function writeLine(level, time, message, more) {
  const entry = AS_JSON ? jsonEntry(level, time, message, more) : textEntry(level, time, message, more);
  process.stdout.write(`${entry.replaceAll("\n", "\r")}\n`);
}

// A frame: its type and level, the length of the entry, the time in microseconds; then the entry.
function writeFrame(descriptor, level, time, message, more) {
  const entry = AS_JSON ? jsonEntry(level, time, message, more) : `${textEntry(level, time, message, more)}\n`;
  const body = Buffer.from(entry);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(((AS_JSON ? FRAME.json : FRAME.text) | ((LEVELS.indexOf(level) + 1) << 2)) >>> 0, 0);
  head.writeInt32BE(body.length, 4);
  head.writeBigInt64BE(BigInt(time.valueOf()) * 1000n, 8);
  fs.writeSync(descriptor, Buffer.concat([head, body]));
}

function textEntry(level, time, message, more) {
  return [time.toISOString(), invocation.id, level, util.format(message, ...more)].map(String).join("\t");
}

function jsonEntry(level, time, message, more) {
  const entry = { timestamp: time.toISOString(), level, requestId: invocation.id };
  if (invocation.tenant) entry.tenantId = invocation.tenant;
  if (more.length === 0) {
    try {
      return JSON.stringify({ ...entry, message }, (_, value) => (value instanceof Error ? errorFields(value) : value));
    } catch {
      return JSON.stringify({ ...entry, message: util.format(message) });
    }
  }
  const error = [message, ...more].find((value) => value instanceof Error);
  const fields = error && { ...errorFields(error), stackTrace: error.stack?.split?.("\n") ?? [] };
  return JSON.stringify({ ...entry, message: util.format(message, ...more), ...fields });
}

function errorFields(error) {
  const stackTrace = typeof error.stack === "string" ? error.stack.split("\n") : error.stack;
  return { errorType: error.constructor?.name ?? "UnknownError", errorMessage: error.message, stackTrace, ...error };
}
