// Hooks for Dredd. Before each request they start a new world and create the objects that the request's examples name, as
// the Go tests do. They also set the values that a document can't contain: the cluster's id, an idempotency key and a
// revision.
const fs = require('fs');
const path = require('path');
const hooks = require('hooks');
const yaml = require('js-yaml');

const simulator = process.env.FERMI_ENDPOINT;
const folder = path.join(__dirname, '../../internal');
const contract = yaml.load(fs.readFileSync(path.join(folder, 'contract/openapi.yaml'), 'utf8'), { schema: yaml.CORE_SCHEMA });
const prerequisites = JSON.parse(fs.readFileSync(path.join(folder, 'contracttest/prerequisites.json'), 'utf8'));

const resolve = (value) => (value && value.$ref
  ? resolve(value.$ref.slice(2).split('/').reduce((part, name) => part[name], contract)) : value);

const operations = {};
for (const [route, item] of Object.entries(contract.paths)) {
  for (const method of Object.keys(item).filter((key) => key !== 'parameters')) {
    const parameters = [...(item.parameters || []), ...(item[method].parameters || [])].map(resolve);
    operations[item[method].operationId] = { ...item[method], method: method.toUpperCase(), route, parameters };
  }
}

const bodyOf = (operation, name) => {
  if (!operation.requestBody) return undefined;
  const { examples } = operation.requestBody.content['application/json'];
  return JSON.stringify(resolve(examples[name] || Object.values(examples)[0]).value);
};

const takes = (operation, header) => operation.parameters.some((p) => p.in === 'header' && p.name === header);

async function present() {
  return (await (await fetch(`${simulator}/api/v1/cluster`)).json()).data.id;
}

// step calls an operation of the contract with its examples.
async function step(id, example) {
  const operation = operations[id];
  const object = operation.parameters.find((p) => p.in === 'path');
  const headers = { 'Content-Type': 'application/json' };
  if (takes(operation, 'Fermi-Cluster-Id')) headers['Fermi-Cluster-Id'] = await present();
  const answer = await fetch(simulator + operation.route.replace('{id}', object && object.example), {
    method: operation.method, body: bodyOf(operation, example), headers,
  });
  if (!answer.ok) throw new Error(`${id} ${example}: ${answer.status} ${await answer.text()}`);
  return answer;
}

// renew restarts the scenario that the simulator had at first. A reset alone would restart the current one.
let first;
async function renew() {
  first = first || await (await fetch(`${simulator}/sim/v1/snapshot`)).text();
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${simulator}/sim/v1/snapshot`, { method: 'PUT', body: first, headers });
  if (!answer.ok) throw new Error(`restore the snapshot: ${answer.status} ${await answer.text()}`);
  await step('reset');
}

// Dredd requires every documented header, but these are conditional.
const conditional = ['Idempotency-Replayed', 'Retry-After'];

const isRefusal = (expected) => Boolean(expected.body) && expected.body.includes('"error"');

// why returns the reason to skip a response, or '' to test it.
function why(operation, expected) {
  const refused = isRefusal(expected);
  if (refused && operation.tags.includes('operations')) return 'it is refused only without a token';
  if (operation.operationId === 'streamEvents' && !refused) return 'Dredd waits for the end of a response, and a stream has none';
  if (operation.operationId === 'metrics') return 'Dredd expects the text of the example, but the values vary';
  if (operation.operationId === 'openapi' && process.env.MOCK) return 'Prism does not write YAML';
  if (expected.statusCode === '503') return 'only a server that is stopping gives it';
  return '';
}

async function prepare(transaction) {
  const { request, expected } = transaction;
  const operation = Object.values(operations).find((o) => o.method === request.method && o.route === transaction.origin.resourceName);
  const reason = why(operation, expected);
  if (reason) {
    hooks.log(`skipped ${operation.operationId} ${expected.statusCode}: ${reason}`);
    transaction.skip = true;
    return;
  }
  await renew();
  for (const text of prerequisites[operation.operationId] || []) await step(...text.split(' '));
  for (const name of conditional) delete expected.headers[name];
  if (takes(operation, 'Fermi-Cluster-Id')) request.headers['Fermi-Cluster-Id'] = await present();
  if (takes(operation, 'Idempotency-Key')) request.headers['Idempotency-Key'] = crypto.randomUUID();
  if (expected.statusCode === '304') {
    request.headers.Prefer = 'wait=1';
    request.headers['If-None-Match'] = (await fetch(simulator + transaction.fullPath)).headers.get('ETag');
  }
  // Dredd ignores examples of YAML bodies. JSON is valid YAML.
  if (operation.requestBody && !request.body) request.body = bodyOf(operation);
  // Dredd expects the default response to have status 200. An unknown parameter is refused by every operation.
  if (isRefusal(expected)) {
    transaction.fullPath += `${transaction.fullPath.includes('?') ? '&' : '?'}unknown=1`;
    expected.statusCode = '400';
  }
  // Ask the mock for the expected status.
  if (process.env.MOCK && expected.statusCode !== '200') request.headers.Prefer = `code=${expected.statusCode}`;
}

hooks.beforeEach((transaction, done) => {
  prepare(transaction).then(done, (error) => {
    transaction.fail = error.message;
    done();
  });
});
