'use strict';
/**
 * Lets a function's answers tell which instance gave them, and when that was initialised.
 *
 * Copy this file beside the handler (it needs nothing else, and Node.js 14), and wrap the handler:
 *
 *     import { probe } from './serverless_probe.cjs';          // or: const { probe } = require('./serverless_probe.cjs')
 *     export const handler = probe(async (event, context) => { … });
 *
 * Answers of HTTP get a header, x-serverless-probe: those of API Gateway, function URLs and load balancers to AWS
 * Lambda, of Azure Functions, and of Google's functions-framework. Any other result stays as it is; with
 * `probe(handler, { log: true })`, or SERVERLESS_PROBE_LOG=1 in the environment, each invocation writes a line with the
 * same to its log. An answer is left alone where anything about it is not as expected: the probe never makes a handler
 * fail. Wrap what AWS streams inside `awslambda.streamifyResponse`; such answers get no header.
 */
const { randomBytes } = require('crypto');

const HEADER = 'x-serverless-probe';
const INIT_START = Date.now() / 1000;

// It gets its id in its first invocation, as what is drawn before may be one of many clones.
const instance = { id: '', count: 0, initEnd: INIT_START };

function begin() {
  instance.id = instance.id || randomBytes(16).toString('hex');
  instance.count += 1;
  const kind = process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
  const known = [
    'v1', `instance=${instance.id}`, `n=${instance.count}`,
    `init_start=${INIT_START.toFixed(3)}`, `init_end=${instance.initEnd.toFixed(3)}`,
  ];
  return (kind ? [...known, `type=${kind}`] : known).join(';');
}

class Call {
  constructor(args, says) {
    this.args = args;
    this.says = says;
    this.known = begin();
    this.start = process.hrtime.bigint();
    try {
      this.beforeHeadersAreSent();
    } catch {
      // A handler must not fail because it is measured; here and below.
    }
  }

  value() {
    const tookMs = Number(process.hrtime.bigint() - this.start) / 1e6;
    return `${this.known};ms=${tookMs.toFixed(3)};now=${(Date.now() / 1000).toFixed(3)}`;
  }

  /** Has a response of Node.js's own server add the header when it sends the others. */
  beforeHeadersAreSent() {
    const response = this.args[1];
    if (!response || typeof response.setHeader !== 'function' || typeof response.writeHead !== 'function') return;
    const writeHead = response.writeHead;
    response.writeHead = (...given) => {
      if (!response.headersSent) response.setHeader(HEADER, this.value());
      response.writeHead = writeHead;
      return writeHead.apply(response, given);
    };
  }

  marked(result) {
    try {
      return this.withHeader(result);
    } catch {
      return result;
    }
  }

  withHeader(result) {
    const [event] = this.args;
    if (isPlain(result) && 'statusCode' in result) return lambdaAnswer(result, event, this.value());
    if (isVersion2(event) && ['object', 'string', 'number', 'boolean'].includes(typeof result) && result !== null) {
      const body = typeof result === 'string' ? result : JSON.stringify(result);
      const answer = { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
      return lambdaAnswer(answer, event, this.value());
    }
    // The newer model of Azure Functions has its context second, the older one first.
    const azure = this.args.slice(0, 2).find((each) => isPlain(each) && each.invocationId);
    return azure ? azureAnswer(result, azure, this.value()) : result;
  }

  end() {
    if (!this.says) return;
    this.says = false; // once: an asynchronous handler may call back too
    const context = this.args[1];
    const request = context && context.awsRequestId ? `;request=${context.awsRequestId}` : '';
    process.stdout.write(`${HEADER}: ${this.value()}${request}\n`);
  }
}

function isPlain(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Tells whether results that have no status are answers: those to events of version 2.0 are. */
function isVersion2(event) {
  return isPlain(event) && event.version === '2.0' && isPlain(event.requestContext) && 'http' in event.requestContext;
}

/** Adds the header among those that are sent: load balancers send one kind or the other. */
function lambdaAnswer(result, event, value) {
  const several = result.multiValueHeaders;
  const balanced = isPlain(event) && isPlain(event.requestContext) && 'elb' in event.requestContext;
  if (isPlain(several) || (balanced && 'multiValueHeaders' in event)) {
    return { ...result, multiValueHeaders: { ...several, [HEADER]: [value] } };
  }
  return { ...result, headers: { ...result.headers, [HEADER]: value } };
}

function azureAnswer(result, context, value) {
  if (isPlain(result) && result.headers && typeof result.headers.set === 'function') {
    result.headers.set(HEADER, value);
    return result;
  }
  // The older model answers by `context.res`, the newer one by what is returned.
  if (result === undefined && isPlain(context.res)) {
    context.res.headers = { ...context.res.headers, [HEADER]: value };
    return result;
  }
  const answers = isPlain(result) && ['status', 'body', 'jsonBody', 'headers'].some((name) => name in result);
  return answers ? { ...result, headers: { ...result.headers, [HEADER]: value } } : result;
}

function isAsynchronous(handler) {
  return handler.constructor && handler.constructor.name === 'AsyncFunction';
}

/** Returns the handler, with answers that tell which instance gave them. */
function probe(handler, options = {}) {
  const wanted = process.env.SERVERLESS_PROBE_LOG;
  const says = options.log === undefined ? Boolean(wanted) && wanted !== '0' : options.log;

  function invoked(self, args) {
    const call = new Call(args, says);
    const given = args.slice();
    if (typeof given[2] === 'function') {
      const callback = given[2];
      given[2] = (error, result) => {
        call.end();
        return callback(error, error ? result : call.marked(result));
      };
    }
    let result;
    try {
      result = handler.apply(self, given);
    } catch (error) {
      call.end();
      throw error;
    }
    if (result && typeof result.then === 'function') {
      return result.then((value) => call.marked(value)).finally(() => call.end());
    }
    if (given[2] === args[2]) call.end();
    return result === undefined ? result : call.marked(result);
  }

  // Runtimes tell by the number of parameters, and by whether it is asynchronous, how a handler is to be called.
  const wrappers = {
    0: function () { return invoked(this, [...arguments]); },
    1: function (a) { return invoked(this, [...arguments]); },
    2: function (a, b) { return invoked(this, [...arguments]); },
    3: function (a, b, c) { return invoked(this, [...arguments]); },
  };
  const probed = isAsynchronous(handler)
    ? async function (a, b) { return invoked(this, [...arguments]); }
    : wrappers[Math.min(handler.length, 3)];
  instance.initEnd = instance.count ? instance.initEnd : Date.now() / 1000;
  return probed;
}

exports.HEADER = HEADER;
exports.probe = probe;
