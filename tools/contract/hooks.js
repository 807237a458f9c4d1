// Hooks for Dredd. Before each request they begin a new world in which there is what the request's examples name, as the Go
// tests do, and put in what no document can know: the present cluster's id, a key and a revision of this run.
const fs = require('fs');
const path = require('path');
const hooks = require('hooks');
const yaml = require('js-yaml');

const simulator = process.env.FERMI_ENDPOINT;
const folder = path.join(__dirname, '../../simulator');
const contract = yaml.load(fs.readFileSync(path.join(folder, 'httpapi/openapi.yaml'), 'utf8'), { schema: yaml.CORE_SCHEMA });
const given = JSON.parse(fs.readFileSync(path.join(folder, 'contracttest/given.json'), 'utf8'));

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

// step carries out an operation of the contract with its examples.
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

// renew begins the scenario again that the simulator had first; a reset alone would begin the present one.
let first;
async function renew() {
  first = first || await (await fetch(`${simulator}/sim/v1/snapshot`)).text();
  const answer = await fetch(`${simulator}/sim/v1/snapshot`, { method: 'PUT', body: first, headers: { 'Content-Type': 'application/json' } });
  if (!answer.ok) throw new Error(`restore the snapshot: ${answer.status} ${await answer.text()}`);
  await step('reset');
}

// Dredd wants every header that an answer may have; these have their conditions.
const conditional = ['Idempotency-Replayed', 'Retry-After'];

const isRefusal = (expected) => Boolean(expected.body) && expected.body.includes('"error"');

// why tells why Dredd can't ask for an answer.
function why(operation, expected) {
  const refused = isRefusal(expected);
  if (refused && operation.tags.includes('operations')) return 'it is refused for want of a token only';
  if (operation.operationId === 'streamEvents' && !refused) return 'Dredd waits for the end of an answer, and a stream has none';
  if (operation.operationId === 'metrics') return 'Dredd wants the text of the example, and the figures are those of the moment';
  if (operation.operationId === 'openapi' && process.env.MOCK) return 'Prism writes no YAML';
  if (expected.statusCode === '503') return 'a server that stops is soon gone';
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
  for (const text of given[operation.operationId] || []) await step(...text.split(' '));
  for (const name of conditional) delete expected.headers[name];
  if (takes(operation, 'Fermi-Cluster-Id')) request.headers['Fermi-Cluster-Id'] = await present();
  if (takes(operation, 'Idempotency-Key')) request.headers['Idempotency-Key'] = crypto.randomUUID();
  if (expected.statusCode === '304') {
    request.headers.Prefer = 'wait=1';
    request.headers['If-None-Match'] = (await fetch(simulator + transaction.fullPath)).headers.get('ETag');
  }
  // Dredd knows no examples of bodies that are YAML; JSON is YAML too.
  if (operation.requestBody && !request.body) request.body = bodyOf(operation);
  // Dredd expects what is documented as default with status 200; a parameter that there isn't is refused everywhere.
  if (isRefusal(expected)) {
    transaction.fullPath += `${transaction.fullPath.includes('?') ? '&' : '?'}unknown=1`;
    expected.statusCode = '400';
  }
  // A mock answers with what it is asked for.
  if (process.env.MOCK && expected.statusCode !== '200') request.headers.Prefer = `code=${expected.statusCode}`;
}

hooks.beforeEach((transaction, done) => {
  prepare(transaction).then(done, (error) => {
    transaction.fail = error.message;
    done();
  });
});
