// From the name of a handler to the function: as the runtime of that name looks for it.

import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { IS_MODERN } from "./logs.mjs";

const require = module.createRequire(import.meta.url);
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const CALLBACKS_ARE_GONE =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. " +
  "You need to modify this function to use a supported handler signature to use Node.js 24 or later. " +
  "For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

// An error of the runtime's own, as Runtime.HandlerNotFound.
export class RuntimeError extends Error {
  constructor(kind, message) {
    super(message);
    Object.defineProperty(this, "name", { value: `Runtime.${kind}`, enumerable: IS_MODERN, configurable: true });
    Object.defineProperty(this, "constructor", { value: { name: kind } }); // as JSON logs show it
    if (!IS_MODERN) Error.captureStackTrace(this, new.target); // so that it begins with the name
  }
}

// Return the handler, and whether it streams its response.
export async function load(root, name) {
  if (name.includes("..")) {
    const remedy = "Use absolute paths when specifying root directories in handler names.";
    throw new RuntimeError("MalformedHandlerName", `'${name}' is not a valid handler name. ${remedy}`);
  }
  const last = path.basename(name);
  const folder = name.slice(0, name.indexOf(last));
  const [, stem, attribute] = /^([^.]*)\.(.*)$/.exec(last) ?? [];
  if (attribute === undefined) throw new RuntimeError("MalformedHandlerName", "Bad handler");
  const handler = find(await loadModule(root, folder, stem), attribute);
  if (!handler) throw new RuntimeError("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new RuntimeError("HandlerNotFound", `${name} is not a function`);
  if (handler[STREAMING] && handler[STREAMING] !== "response") {
    throw new RuntimeError("MalformedStreamingHandler", "Only response streaming is supported.");
  }
  const isStreaming = Boolean(handler[STREAMING]);
  if (IS_MODERN && handler.length >= 3 && !isStreaming) {
    throw new RuntimeError("CallbackHandlerDeprecated", CALLBACKS_ARE_GONE);
  }
  return { handler, isStreaming };
}

// Mark a handler as one that streams.
export function streamifyResponse(handler) {
  handler[STREAMING] = "response";
  return handler;
}

function find(exported, attribute) {
  const in_ = (object) => attribute.split(".").reduce((found, key) => found && found[key], object);
  return in_(exported) || (IS_MODERN && in_(exported.default)) || undefined;
}

async function loadModule(root, folder, stem) {
  try {
    const file = path.resolve(root, folder, stem);
    for (const [extension, loadFile] of extensionsOf(file)) {
      const exported = fs.existsSync(file + extension) && (await loadFile(file + extension));
      if (exported) return exported;
    }
    return require(require.resolve(stem, { paths: [root, IS_MODERN ? path.join(root, folder) : folder] }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      const known = new RuntimeError("UserCodeSyntaxError", String(error));
      throw IS_MODERN ? Object.assign(known, { stack: error.stack }) : known;
    }
    if (error?.code === "MODULE_NOT_FOUND") throw new RuntimeError("ImportModuleError", String(error));
    throw error;
  }
}

function extensionsOf(file) {
  const load = (name) => import(pathToFileURL(name));
  if (IS_MODERN) return ["", ".js", ".mjs", ".cjs"].map((extension) => [extension, load]);
  const loadJs = fs.existsSync(`${file}.js`) && isModule(path.dirname(file)) ? load : require;
  return Object.entries({ "": require, ".js": loadJs, ".mjs": load, ".cjs": require });
}

// Whether the nearest package.json says that its .js files are ES modules.
function isModule(folder) {
  const file = path.join(folder, "package.json");
  if (path.basename(folder) === "node_modules") return false;
  if (!fs.existsSync(file)) return path.dirname(folder) !== folder && isModule(path.dirname(folder));
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"))?.type === "module";
  } catch (error) {
    console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
    return false;
  }
}
