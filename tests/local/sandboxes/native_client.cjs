// Stands in for the part of AWS's client that is compiled: its three calls, made by a thread; `done` and `error` wait.
const { Worker } = require("node:worker_threads");

const WORK = `
const http = require("node:http");
const { parentPort, workerData } = require("node:worker_threads");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [hostname, port] = workerData.address.split(":");
parentPort.on("message", ({ method, path, body, told }) => {
  const request = http.request({ hostname, port, agent, method, path: "/2018-06-01/runtime/invocation/" + path }, (response) => {
    let bodyJson = "";
    response.setEncoding("utf8").on("data", (chunk) => (bodyJson += chunk)).on("end", () => {
      if (method === "GET") parentPort.postMessage({ bodyJson, headers: response.headers });
      else { Atomics.store(told, 0, 1); Atomics.notify(told, 0); }
    });
  });
  request.on("error", () => parentPort.postMessage(null)).end(body);
});`;

const worker = new Worker(WORK, { eval: true, workerData: { address: process.env.AWS_LAMBDA_RUNTIME_API } });

function post(path, body) {
  const told = new Int32Array(new SharedArrayBuffer(4));
  worker.postMessage({ method: "POST", path, body, told });
  Atomics.wait(told, 0, 0);
}

exports.done = (id, body) => post(`${id}/response`, body);
exports.error = (id, body) => post(`${id}/error`, body);
const waiting = [];
let staying; // what keeps the process going while it waits
worker.on("message", (message) => {
  if (message === null) process.exit(1); // the platform is gone
  waiting.shift()(message);
  if (waiting.length === 0) clearInterval(staying);
});
worker.unref();
exports.next = () =>
  new Promise((resolve) => {
    if (waiting.push(resolve) === 1) staying = setInterval(() => {}, 1e6);
    worker.postMessage({ method: "GET", path: "next" });
  });
