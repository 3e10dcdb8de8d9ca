// Asks an independent implementation of IAM's decision with every layer of policies, one question a line in, one answer a line out.
//
// In:  {"layers": {identity, boundary, session, serviceControl, resource}} sets the policies;
//      {"principal", "action", "resource", "account", "context"} asks.
// Out: {"decision": "allowed" | "explicit-deny" | "implicit-deny"} or {"error": …}. A context key that was ignored is an error,
//      too: such a question compares nothing.
import readline from 'node:readline';
import { runSimulation } from '@cloud-copilot/iam-simulate';

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const words = { Allowed: 'allowed', ExplicitlyDenied: 'explicit-deny', ImplicitlyDenied: 'implicit-deny' };
const named = (policies) => policies.map((policy, index) => ({ name: `policy${index}`, policy }));
let layers = {};

async function decide(question) {
  const levels = layers.serviceControl ?? [[everything]];
  const simulation = {
    request: {
      principal: question.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: question.account },
      contextVariables: question.context,
    },
    identityPolicies: named(layers.identity),
    serviceControlPolicies: levels.map((level, index) => ({ orgIdentifier: `level${index}`, policies: named(level) })),
    resourceControlPolicies: [],
    ...(layers.resource ? { resourcePolicy: layers.resource } : {}),
    ...(layers.session ? { sessionPolicy: layers.session } : {}),
    ...(layers.boundary ? { permissionBoundaryPolicies: named([layers.boundary]) } : {}),
  };
  const answer = await runSimulation(simulation, { simulationMode: 'Strict' });
  if (answer.resultType === 'error') return { error: answer.errors };
  const ignored = answer.result?.ignoredContextKeys ?? [];
  return ignored.length ? { error: `ignored: ${ignored}` } : { decision: words[answer.overallResult] };
}

for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const question = JSON.parse(line);
  let answer;
  if (question.layers) {
    layers = question.layers;
    answer = {};
  } else {
    try {
      answer = await decide(question);
    } catch (error) {
      answer = { error: String(error) };
    }
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
